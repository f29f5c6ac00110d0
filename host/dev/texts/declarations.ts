/** A plugin's functions as a host calls them: a `.d.ts` file without imports. */
import {
  camelCase,
  type FunctionType,
  isKind,
  type Manifest,
  match,
  type Primitive,
  type ValueType,
} from "../../../abi/tools.ts";
import { comment, docComment, type HostNames, hostNames, parameter } from "./host-names.ts";
import type { NamedType } from "./named-types.ts";

/** Writes the type of `plugin.call`, and of everything that its functions take and answer. */
export function declarations(manifest: Manifest): string {
  const names = hostNames(manifest);
  const { name, version, exports } = manifest;
  const functions = exports.map(({ name, params, result, docs }) => {
    const given = parameters(params, names);
    const { answer, thrown } = answered(result, names);
    const throws = thrown && `@throws PluginError \`guest-error\`, whose payload is ${comment(thrown)}`;
    const note = docComment([docs, throws], "  ");
    return `${note}  readonly ${camelCase(name)}: (${given}) => Promise<${answer}>;\n`;
  });
  return [
    `/** The functions of ${comment(name)} ${comment(version)}, as \`plugin.call\` shows them. Written by moult. */\n`,
    `export interface ${names.own} {\n${functions.join("")}}\n`,
    ...names.types.all.map(({ name, type }) => `\n${declaration(name, type, names)}`),
  ].join("");
}

/** `from: Point[], to: bigint`: the parameters of a function, or a tuple with named parts. */
export function parameters(
  params: FunctionType["params"],
  names: HostNames,
  wrapped = (type: string) => type,
): string {
  return params.map(({ name, type }) => `${parameter(name)}: ${wrapped(spelled(type, names))}`).join(", ");
}

/** A result is taken apart: its ok is returned, its err thrown. */
function answered(result: ValueType | undefined, names: HostNames): { answer: string; thrown?: string } {
  if (result === undefined) return { answer: "undefined" };
  if (!isKind("result", result)) return { answer: spelled(result, names) };
  const { ok, err } = result.result;
  return {
    answer: ok === undefined ? "undefined" : spelled(ok, names),
    thrown: err === undefined ? "undefined" : spelled(err, names),
  };
}

function declaration(name: string, type: NamedType, names: HostNames): string {
  const of = (inner: ValueType) => spelled(inner, names);
  if (isKind("record", type)) {
    const fields = type.record.map((field) =>
      isKind("option", field.type) && !spelled(field.type, names).startsWith("{ tag")
        ? `  ${camelCase(field.name)}?: ${of(field.type)};\n`
        : `  ${camelCase(field.name)}: ${of(field.type)};\n`,
    );
    return `export interface ${name} {\n${fields.join("")}}\n`;
  }
  if (isKind("flags", type)) {
    return `export interface ${name} {\n${type.flags.map((flag) => `  ${camelCase(flag)}: boolean;\n`).join("")}}\n`;
  }
  const cases = isKind("enum", type)
    ? type.enum.map((each) => JSON.stringify(each))
    : type.variant.map(({ name, type }) =>
        type === undefined
          ? `{ tag: ${JSON.stringify(name)}; val?: undefined }`
          : `{ tag: ${JSON.stringify(name)}; val: ${of(type)} }`,
      );
  return `export type ${name} =${cases.map((each) => `\n  | ${each}`).join("")};\n`;
}

function spelled(type: ValueType, names: HostNames): string {
  const of = (inner: ValueType) => spelled(inner, names);
  const maybe = (inner: ValueType | undefined) => (inner === undefined ? "undefined" : of(inner));
  const named = (type: NamedType) => names.types.of(type);
  return match(type, {
    primitive: (name) => PRIMITIVES[name],
    list: ({ list, length }) => {
      const typed = length === undefined && typeof list === "string" ? ARRAYS[list] : undefined;
      return typed ?? `${bracketed(of(list))}[]`;
    },
    record: named,
    tuple: ({ tuple }) => `[${tuple.map(of).join(", ")}]`,
    option: ({ option }) => {
      if (!isKind("option", option)) return `${of(option)} | undefined`;
      return `{ tag: "some"; val: ${of(option)} } | { tag: "none" }`;
    },
    result: ({ result: { ok, err } }) => {
      const [good, bad] = [maybe(ok), maybe(err)];
      return `{ readonly tag: "ok"; readonly val: ${good} } | { readonly tag: "err"; readonly val: ${bad} }`;
    },
    enum: named,
    flags: named,
    variant: named,
    map: ({ map }) => `Map<${of(map[0])}, ${of(map[1])}>`,
  });
}

function bracketed(type: string): string {
  return type.includes("|") ? `(${type})` : type;
}

const PRIMITIVES: Readonly<Record<Primitive, string>> = {
  bool: "boolean",
  s8: "number",
  u8: "number",
  s16: "number",
  u16: "number",
  s32: "number",
  u32: "number",
  s64: "bigint",
  u64: "bigint",
  f32: "number",
  f64: "number",
  char: "string",
  string: "string",
};

/** Lists of numbers, in their lifted form. */
const ARRAYS: Partial<Record<Primitive, string>> = {
  s8: "Int8Array",
  u8: "Uint8Array",
  s16: "Int16Array",
  u16: "Uint16Array",
  s32: "Int32Array",
  u32: "Uint32Array",
  s64: "BigInt64Array",
  u64: "BigUint64Array",
  f32: "Float32Array",
  f64: "Float64Array",
};
