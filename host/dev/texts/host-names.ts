/** The spelling of a plugin's names in files for hosts, which are TypeScript. */
import { camelCase, label, type Manifest } from "../../../abi/tools.ts";
import { type NamedTypes, namedTypes } from "./named-types.ts";

export interface HostNames {
  /** The name of the interface, in PascalCase: `Handler` for `demo:logs/handler@1.0.0`. */
  readonly own: string;
  /** The interface with its full version; a placeholder for functions without an interface. */
  readonly interface: string;
  readonly types: NamedTypes;
}

export function hostNames({ interface: name, exports }: Manifest): HostNames {
  // The name that `load` accepts for a plugin without an interface.
  const text = name ?? "moult:plugin/world@1.0.0";
  const [, bare = "plugin"] = /\/(.+)@/.exec(name ?? "") ?? [];
  const own = pascalCase(bare);
  return {
    own,
    interface: text,
    types: namedTypes(exports, { spell: pascalCase, taken: [...GLOBAL, own] }),
  };
}

/** Text of a manifest for a comment: on one line, and without the end of a comment. */
export function comment(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").replaceAll("*/", "* /");
}

/**
 * An author's text about a function, and more, as a doc comment; empty without text. Letters of every script
 * are kept; invisible characters, which could disguise the text, are removed.
 */
export function docComment(texts: readonly (string | undefined)[], indent: string): string {
  const lines = texts.flatMap((text) => (text === undefined ? [] : docLines(text)));
  if (lines.length === 0) return "";
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join("\n")}\n${indent} */\n`;
}

/** The lines of a text, without the end of a comment in them. */
export function docLines(text: string): string[] {
  return text.split("\n").map((line) => line.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?").replaceAll("*/", "* /"));
}

/** A name as a parameter; keywords are changed. */
export function parameter(name: string): string {
  const camel = camelCase(name);
  return KEYWORDS.has(camel) ? `${camel}_` : camel;
}

function pascalCase(name: string): string {
  const camel = camelCase(
    label(name)
      .replace(/[^A-Za-z0-9-]/g, "-")
      .replace(/^[^A-Za-z]+/, "") || "type",
  );
  return (camel[0] as string).toUpperCase() + camel.slice(1);
}

/** The names of types that the files themselves use. */
const GLOBAL = (
  "Map Set Promise PluginError WitSchema Int8Array Uint8Array Int16Array Uint16Array Int32Array Uint32Array " +
  "BigInt64Array BigUint64Array Float32Array Float64Array"
).split(" ");

const KEYWORDS: ReadonlySet<string> = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends " +
    "false finally for function if implements import in instanceof interface let new null package private protected " +
    "public return static super switch this throw true try typeof var void while with yield"
  ).split(" "),
);
