/** A plugin's interface as a contract that a host can import. */
import {
  camelCase,
  isKind,
  label,
  type Manifest,
  match,
  type Primitive,
  type ValueType,
} from "../../../abi/tools.ts";
import { parameters } from "./declarations.ts";
import { comment, docComment, type HostNames, hostNames } from "./host-names.ts";
import type { NamedType } from "./named-types.ts";

/**
 * Writes a module that exports the contract, named after the interface, and the schemas of its types.
 * `load(wasm, { contract: Handler })` fits the plugin that it was written from. In TypeScript it also gives
 * editors the names of parameters.
 */
export function contractText(manifest: Manifest, language: "js" | "ts"): string {
  const names = hostNames(manifest);
  const inferred = { ...names, types: { ...names.types, of: inferredName(names) } };
  const { name, version, exports } = manifest;
  const types = names.types.all.map(({ name, type }) => `export const ${name} = ${schema(type, names)};\n\n`);
  const functions = exports.map(({ name, params, result, docs }) => {
    const given = params.map((param) => spelled(param.type, names)).join(", ");
    const labels =
      language === "js" || params.length === 0
        ? ""
        : ` as [${parameters(params, inferred, (type) => `WitSchema<${type}>`)}]`;
    const answer = result === undefined ? "" : `, returns: ${spelled(result, names)}`;
    return `${docComment([docs], "  ")}  ${camelCase(name)}: { params: [${given}]${labels}${answer} },\n`;
  });
  const body = [
    ...types,
    `export const ${names.own} = contract(${JSON.stringify(names.interface)}, {\n${functions.join("")}});\n`,
  ].join("");
  const used = [
    "contract",
    ...(/\bWitSchema</.test(body) ? ["type WitSchema"] : []),
    ...(/\bwit\./.test(body) ? ["wit"] : []),
  ].join(", ");
  return [
    `// What ${comment(name)} ${comment(version)} exports, written by moult.\n`,
    `import { ${used} } from "moult";\n`,
    ...(/\bz\./.test(body) ? ['import { z } from "zod";\n'] : []),
    "\n",
    body,
  ].join("");
}

/** A type that is inferred from its schema. */
function inferredName({ types }: HostNames): (type: NamedType) => string {
  return (type) => `z.output<typeof ${types.of(type)}>`;
}

function schema(type: NamedType, names: HostNames): string {
  const of = (inner: ValueType) => spelled(inner, names);
  if (isKind("record", type)) {
    return `z.object({\n${type.record.map((field) => `  ${camelCase(field.name)}: ${of(field.type)},\n`).join("")}})`;
  }
  if (isKind("enum", type)) return `z.enum([${quoted(type.enum)}])`;
  if (isKind("flags", type)) return `wit.flags(${quoted(type.flags)})`;
  const cases = type.variant.map(
    ({ name, type }) => `  ${JSON.stringify(label(name))}: ${type === undefined ? "null" : of(type)},\n`,
  );
  return `wit.variant({\n${cases.join("")}})`;
}

function spelled(type: ValueType, names: HostNames): string {
  const of = (inner: ValueType) => spelled(inner, names);
  const maybe = (inner: ValueType | undefined) => (inner === undefined ? "null" : of(inner));
  const named = (type: NamedType) => names.types.of(type);
  return match(type, {
    primitive: (name) => PRIMITIVES[name],
    list: ({ list, length }) => {
      if (length !== undefined) return `wit.fixed(${of(list)}, ${length})`;
      if (list === "u8") return "wit.bytes()";
      return NUMBERS.has(list) ? `wit.numbers("${list}")` : `z.array(${of(list)})`;
    },
    record: named,
    tuple: ({ tuple }) => `z.tuple([${tuple.map(of).join(", ")}])`,
    option: ({ option }) => `${isKind("option", option) ? "wit.option" : "z.optional"}(${of(option)})`,
    result: ({ result }) => `wit.result(${maybe(result.ok)}, ${maybe(result.err)})`,
    enum: named,
    flags: named,
    variant: named,
    map: ({ map }) => `z.map(${of(map[0])}, ${of(map[1])})`,
  });
}

function quoted(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(label(name))).join(", ");
}

const NUMBERS: ReadonlySet<unknown> = new Set("s8 u8 s16 u16 s32 u32 s64 u64 f32 f64".split(" "));

const PRIMITIVES: Readonly<Record<Primitive, string>> = {
  bool: "z.boolean()",
  s8: "wit.s8()",
  u8: "wit.u8()",
  s16: "wit.s16()",
  u16: "wit.u16()",
  s32: "z.int32()",
  u32: "z.uint32()",
  s64: "z.int64()",
  u64: "z.uint64()",
  f32: "z.float32()",
  f64: "z.float64()",
  char: "wit.char()",
  string: "z.string()",
};
