/** Value types and functions in WIT's spelling, for people. */
import { camelCase, type FunctionType, match, type ResultType, type ValueType } from "./type.ts";

/** `(string, option<u8>) -> record { lines: u64 }` */
export function signature(type: FunctionType): string {
  const params = type.params.map((param) => spell(param.type)).join(", ");
  return `(${params})${type.result === undefined ? "" : ` -> ${spell(type.result)}`}`;
}

/** A type in WIT's spelling, with records and variants in full. */
export function spell(type: ValueType): string {
  return match(type, {
    primitive: (name) => name,
    list: ({ list, length }) => `list<${spell(list)}${length === undefined ? "" : `, ${length}`}>`,
    record: ({ record }) => {
      const fields = record.map((field) => `${camelCase(field.name)}: ${spell(field.type)}`);
      return `record { ${fields.join(", ")} }`;
    },
    tuple: ({ tuple }) => `tuple<${tuple.map(spell).join(", ")}>`,
    option: ({ option }) => `option<${spell(option)}>`,
    result: spellResult,
    enum: (type) => `enum { ${type.enum.join(", ")} }`,
    flags: ({ flags }) => `flags { ${flags.join(", ")} }`,
    variant: ({ variant }) => {
      const cases = variant.map(({ name, type }) => (type ? `${name}(${spell(type)})` : name));
      return `variant { ${cases.join(", ")} }`;
    },
    map: ({ map }) => `map<${spell(map[0])}, ${spell(map[1])}>`,
  });
}

function spellResult({ result: { ok, err } }: ResultType): string {
  if (err) return `result<${ok ? spell(ok) : "_"}, ${spell(err)}>`;
  return ok ? `result<${spell(ok)}>` : "result";
}
