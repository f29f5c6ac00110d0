/** Types as WIT spells them, for people. */
import { camelCase, type FunctionType, type ValueType } from "./type.ts";

/** `(string, option<u8>) -> record { lines: u64 }` */
export function signature(type: FunctionType): string {
  const params = type.params.map((param) => spell(param.type)).join(", ");
  return `(${params})${type.result === undefined ? "" : ` -> ${spell(type.result)}`}`;
}

/** A type as WIT spells it, records and variants in full. */
export function spell(type: ValueType): string {
  if (typeof type === "string") return type;
  if ("list" in type)
    return `list<${spell(type.list)}${type.length === undefined ? "" : `, ${type.length}`}>`;
  if ("record" in type) {
    return `record { ${type.record.map((field) => `${camelCase(field.name)}: ${spell(field.type)}`).join(", ")} }`;
  }
  if ("tuple" in type) return `tuple<${type.tuple.map(spell).join(", ")}>`;
  if ("option" in type) return `option<${spell(type.option)}>`;
  if ("result" in type) {
    const { ok, err } = type.result;
    if (!ok && !err) return "result";
    return err ? `result<${ok ? spell(ok) : "_"}, ${spell(err)}>` : `result<${spell(ok as ValueType)}>`;
  }
  if ("enum" in type) return `enum { ${type.enum.join(", ")} }`;
  if ("flags" in type) return `flags { ${type.flags.join(", ")} }`;
  if ("map" in type) return `map<${spell(type.map[0])}, ${spell(type.map[1])}>`;
  return `variant { ${type.variant.map((each) => (each.type ? `${each.name}(${spell(each.type)})` : each.name)).join(", ")} }`;
}
