/** A plugin's interface as WIT, for the tools of the Component Model. */
import { isKind, kebabCase, label, type Manifest, match, type ValueType } from "../../../abi/tools.ts";
import { docLines } from "./host-names.ts";
import { type Functions, type NamedType, type NamedTypes, namedTypes } from "./named-types.ts";

/**
 * Writes the world of a plugin: its exports and its imports. A map is written as a list of pairs, as it is in
 * memory. The exports for state and hooks, which only moult calls, are left out.
 */
export function witText({ name, version, interface: own, exports, imports }: Manifest): string {
  const served = own === undefined ? undefined : parts(own);
  const id = served?.package ?? `moult:${packageName(name)}`;
  const inner = (functions: Functions, indent: string) => body(functions, indent);
  const interfaces = new Map<string, string[]>();
  const add = (home: string, text: (indent: string) => string): void => {
    const indent = home === id ? "" : "  ";
    interfaces.set(home, [...(interfaces.get(home) ?? []), text(indent)]);
  };
  if (served) add(id, (indent) => interfaceText(served.name, inner(exports, `${indent}  `), indent));
  for (const { interface: from, functions } of imports) {
    const { package: home, name } = parts(from);
    add(home, (indent) => interfaceText(name, inner(functions, `${indent}  `), indent));
  }
  const world = [
    ...imports.map(({ interface: from }) => `  import ${reference(from, id)};\n`),
    own === undefined
      ? inner(exports, "  ").replace(/^( {2})(?=\S+: func)/gm, "$1export ")
      : `  export ${reference(own, id)};\n`,
  ];
  const others = [...interfaces].filter(([home]) => home !== id);
  return [
    `// The interface of ${oneLine(name)} ${oneLine(version)}, written by moult.\n`,
    `package ${id};\n\n`,
    ...(interfaces.get(id) ?? []).map((text) => `${text}\n`),
    `world ${worldName([...(own === undefined ? [] : [own]), ...imports.map((each) => each.interface)])} {\n${world.join("")}}\n`,
    ...others.map(([home, texts]) => `\npackage ${home} {\n${texts.join("\n")}}\n`),
  ].join("");
}

function interfaceText(name: string, body: string, indent: string): string {
  return `${indent}interface ${word(name)} {\n${body}${indent}}\n`;
}

/** The types and functions of one interface. */
function body(functions: Functions, indent: string): string {
  const types = namedTypes(functions, {
    spell: typeWord,
    taken: functions.map((each) => label(each.name)),
  });
  const declared = types.all.map(({ name, type }) => declaration(name, type, { types, indent }));
  const lines = functions.map(({ name, params, result, docs }) => {
    const given = params.map((param) => `${word(param.name)}: ${spelled(param.type, types)}`).join(", ");
    const answer = result === undefined ? "" : ` -> ${spelled(result, types)}`;
    const said = docs === undefined ? [] : docLines(docs);
    const note = said.map((line) => `${`${indent}/// ${line}`.trimEnd()}\n`).join("");
    return `${note}${indent}${word(name)}: func(${given})${answer};\n`;
  });
  return [...declared, ...lines].join("");
}

function declaration(
  name: string,
  type: NamedType,
  { types, indent }: { types: NamedTypes; indent: string },
): string {
  const of = (inner: ValueType) => spelled(inner, types);
  const [keyword, members] = isKind("record", type)
    ? ["record", type.record.map((field) => `${word(field.name)}: ${of(field.type)}`)]
    : isKind("enum", type)
      ? ["enum", type.enum.map(word)]
      : isKind("flags", type)
        ? ["flags", type.flags.map(word)]
        : ["variant", type.variant.map((each) => word(each.name) + (each.type ? `(${of(each.type)})` : ""))];
  return `${indent}${keyword} ${word(name)} {\n${members.map((text) => `${indent}  ${text},\n`).join("")}${indent}}\n`;
}

function spelled(type: ValueType, types: NamedTypes): string {
  const of = (inner: ValueType) => spelled(inner, types);
  const named = (type: NamedType) => word(types.of(type));
  return match(type, {
    primitive: (name) => name,
    list: ({ list, length }) => `list<${of(list)}${length === undefined ? "" : `, ${length}`}>`,
    record: named,
    tuple: ({ tuple }) => `tuple<${tuple.map(of).join(", ")}>`,
    option: ({ option }) => `option<${of(option)}>`,
    result: ({ result: { ok, err } }) => {
      if (err === undefined) return ok === undefined ? "result" : `result<${of(ok)}>`;
      return `result<${ok === undefined ? "_" : of(ok)}, ${of(err)}>`;
    },
    enum: named,
    flags: named,
    variant: named,
    map: ({ map }) => `list<tuple<${of(map[0])}, ${of(map[1])}>>`,
  });
}

/** `demo:logs/handler@1.0.0` is the interface `handler` of the package `demo:logs@1.0.0`. */
function parts(text: string): { readonly package: string; readonly name: string } {
  const [, path, name, version] = /^(.+)\/(.+)@(.+)$/.exec(text) as unknown as string[];
  return { package: `${path}@${version}`, name: name as string };
}

/** Worlds and interfaces share one namespace. */
function worldName(interfaces: readonly string[]): string {
  return interfaces.some((text) => parts(text).name === "plugin") ? "plugin-world" : "plugin";
}

function reference(text: string, home: string): string {
  const { package: other, name } = parts(text);
  return other === home ? word(name) : text;
}

/** Keywords get a `%` before them. */
function word(name: string): string {
  const plain = label(name);
  return KEYWORDS.has(plain) ? `%${plain}` : plain;
}

/** An author's class name in the spelling of WIT. */
function typeWord(name: string): string {
  const words = kebabCase(name)
    .split(/[^a-z0-9]+/)
    .filter((part) => /^[a-z]/.test(part));
  return words.join("-") || "type";
}

function packageName(name: string): string {
  return typeWord(name.replace(/^@[^/]*\//, ""));
}

function oneLine(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?");
}

const KEYWORDS: ReadonlySet<string> = new Set(
  (
    "as async bool borrow char constructor enum error-context export f32 f64 flags from func future import include " +
    "interface list map option own package record resource result s16 s32 s64 s8 static stream string tuple type " +
    "u16 u32 u64 u8 use variant with world"
  ).split(" "),
);
