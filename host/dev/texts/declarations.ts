/** A plugin's functions as a host calls them: a `.d.ts`, which needs nothing but itself. */
import { camelCase, type FunctionType, type Manifest, type ValueType } from "../../../abi/mod.ts";
import { comment, docComment, type HostNames, hostNames, parameter } from "./host-names.ts";
import { isNamed, type NamedType } from "./named-types.ts";

/** Writes the types of what `plugin.call` shows, and of all that its functions take and give. */
export function declarations(manifest: Manifest): string {
  const names = hostNames(manifest);
  const { name, version, exports } = manifest;
  const functions = exports.map(({ name, params, result, docs }) => {
    const given = parameters(params, names);
    const { answer, thrown } = answered(result, names);
    const throws = thrown && `@throws PluginError \`guest\`, whose payload is ${comment(thrown)}`;
    const note = docComment([docs, throws], "  ");
    return `${note}  readonly ${camelCase(name)}: (${given}) => Promise<${answer}>;\n`;
  });
  return [
    `/** The functions of ${comment(name)} ${comment(version)}, as \`plugin.call\` shows them. Written by moult. */\n`,
    `export interface ${names.own} {\n${functions.join("")}}\n`,
    ...names.types.all.map(({ name, type }) => `\n${declaration(name, type, names)}`),
  ].join("");
}

/** `from: Point[], to: bigint`: of a function, or of a tuple whose parts have names. */
export function parameters(
  params: FunctionType["params"],
  names: HostNames,
  wrapped = (type: string) => type,
): string {
  return params.map(({ name, type }) => `${parameter(name)}: ${wrapped(spelled(type, names))}`).join(", ");
}

/** A function's result is taken apart: the one case is returned, the other thrown. */
function answered(result: ValueType | undefined, names: HostNames): { answer: string; thrown?: string } {
  if (result === undefined) return { answer: "undefined" };
  if (typeof result !== "object" || !("result" in result)) return { answer: spelled(result, names) };
  const { ok, err } = result.result;
  return {
    answer: ok === undefined ? "undefined" : spelled(ok, names),
    thrown: err === undefined ? "undefined" : spelled(err, names),
  };
}

function declaration(name: string, type: NamedType, names: HostNames): string {
  const of = (inner: ValueType) => spelled(inner, names);
  if ("record" in type) {
    const fields = type.record.map((field) =>
      isOption(field.type) && !spelled(field.type, names).startsWith("{ tag")
        ? `  ${camelCase(field.name)}?: ${of(field.type)};\n`
        : `  ${camelCase(field.name)}: ${of(field.type)};\n`,
    );
    return `export interface ${name} {\n${fields.join("")}}\n`;
  }
  if ("flags" in type) {
    return `export interface ${name} {\n${type.flags.map((flag) => `  ${camelCase(flag)}: boolean;\n`).join("")}}\n`;
  }
  const cases =
    "enum" in type
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
  if (typeof type === "string") return PRIMITIVES[type];
  if (isNamed(type)) return names.types.of(type);
  if ("list" in type) {
    const typed = type.length === undefined && typeof type.list === "string" ? ARRAYS[type.list] : undefined;
    return typed ?? `${bracketed(of(type.list))}[]`;
  }
  if ("map" in type) return `Map<${of(type.map[0])}, ${of(type.map[1])}>`;
  if ("tuple" in type) return `[${type.tuple.map(of).join(", ")}]`;
  if ("option" in type) {
    if (!isOption(type.option)) return `${of(type.option)} | undefined`;
    return `{ tag: "some"; val: ${of(type.option)} } | { tag: "none" }`;
  }
  const { ok, err } = type.result;
  const [good, bad] = [ok, err].map((each) => (each === undefined ? "undefined" : of(each)));
  return `{ readonly tag: "ok"; readonly val: ${good} } | { readonly tag: "err"; readonly val: ${bad} }`;
}

function isOption(type: ValueType): boolean {
  return typeof type === "object" && "option" in type;
}

function bracketed(type: string): string {
  return type.includes("|") ? `(${type})` : type;
}

const PRIMITIVES = {
  ...{ bool: "boolean", char: "string", string: "string", f32: "number", f64: "number" },
  ...{ s8: "number", u8: "number", s16: "number", u16: "number", s32: "number", u32: "number" },
  ...{ s64: "bigint", u64: "bigint" },
} as const;

/** Lists of numbers, as they are lifted. */
const ARRAYS: Partial<Record<string, string>> = {
  ...{ s8: "Int8Array", u8: "Uint8Array", s16: "Int16Array", u16: "Uint16Array", s32: "Int32Array" },
  ...{ u32: "Uint32Array", s64: "BigInt64Array", u64: "BigUint64Array" },
  ...{ f32: "Float32Array", f64: "Float64Array" },
};
