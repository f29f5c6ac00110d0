/** JSON for people: a value that fits on a line stays on one. */
import { plainJson } from "../plain.ts";

export interface ReadableOptions {
  /** The width of the terminal. */
  readonly columns: number;
  /** The most items of a list, or entries of an object, that are shown; the rest is counted. @default all */
  readonly most?: number;
  /** The most characters of a text that are shown; the rest is counted. @default all */
  readonly text?: number;
  /** The depth to which nested values are shown. @default all */
  readonly depth?: number;
}

/**
 * Spells a JSON value in as few lines as fit. The result is JSON again, unless the options cut it short.
 *
 * @returns lines without control characters
 */
export function readable(json: unknown, options: ReadableOptions): string[] {
  const { columns, most = Number.POSITIVE_INFINITY, text = most, depth = most } = options;
  return spelled(json, { most, text, depth }, columns);
}

type Bounds = Required<Omit<ReadableOptions, "columns">>;
/** `"name": ` before a value of an object. */
type Part = readonly [label: string, value: unknown];

function spelled(json: unknown, bounds: Bounds, room: number): string[] {
  const line = inline(json, bounds, room);
  if (line !== undefined) return [line];
  const { open, close, parts, more } = shape(json, bounds);
  const inner = { ...bounds, depth: bounds.depth - 1 };
  if (parts.every(([label, value]) => label === "" && !isObject(value))) {
    const words = parts.map(([, value]) => inline(value, inner, room) ?? "");
    return [open, ...filled(more > 0 ? [...words, rest(more)] : words, room - 2), close];
  }
  const lines = parts.flatMap(([label, value], i) => {
    const comma = i < parts.length - 1 || more > 0 ? "," : "";
    const [first = "", ...rest] = spelled(value, inner, room - 2 - label.length - comma.length);
    const whole = [`${label}${first}`, ...rest];
    whole[whole.length - 1] += comma;
    return whole.map((each) => `  ${each}`);
  });
  return [open, ...lines, ...(more > 0 ? [`  ${rest(more)}`] : []), close];
}

/** Scalars, as many on a line as fit. */
function filled(words: readonly string[], room: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const [i, word] of words.entries()) {
    const next = i < words.length - 1 ? `${word},` : word;
    if (line !== "" && line.length + 1 + next.length > room) {
      lines.push(`  ${line}`);
      line = "";
    }
    line = line === "" ? next : `${line} ${next}`;
  }
  return [...lines, `  ${line}`];
}

function isObject(json: unknown): json is object {
  return typeof json === "object" && json !== null;
}

/** The value on one line, where it fits; a value without parts always does. */
function inline(json: unknown, bounds: Bounds, room: number): string | undefined {
  if (typeof json === "string") return shortened(json, bounds.text);
  if (!isObject(json)) return JSON.stringify(json) ?? "null";
  const { open, close, parts, more } = shape(json, bounds);
  if (parts.length === 0 && more === 0) return `${open}${close}`;
  if (bounds.depth <= 0) return `${open} … ${close}`;
  const inner = { ...bounds, depth: bounds.depth - 1 };
  const spelled: string[] = [];
  let left = room - 4;
  for (const [label, value] of parts) {
    const text = left > 0 ? inline(value, inner, left) : undefined;
    if (text === undefined || label.length + text.length > left) return undefined;
    left -= label.length + text.length + 2;
    spelled.push(`${label}${text}`);
  }
  if (more > 0) spelled.push(rest(more));
  const space = open === "{" ? " " : "";
  const line = `${open}${space}${spelled.join(", ")}${space}${close}`;
  return line.length <= room ? line : undefined;
}

function shape(
  json: unknown,
  { most }: Bounds,
): { open: string; close: string; parts: readonly Part[]; more: number } {
  if (Array.isArray(json)) {
    const parts = json.slice(0, most).map((value): Part => ["", value]);
    return { open: "[", close: "]", parts, more: json.length - parts.length };
  }
  const keys = Object.keys(json as object);
  const parts = keys.slice(0, most).map((key): Part => {
    return [`${shortened(key, most)}: `, (json as Record<string, unknown>)[key]];
  });
  return { open: "{", close: "}", parts, more: keys.length - parts.length };
}

function shortened(text: string, most: number): string {
  if (text.length <= most) return plainJson(JSON.stringify(text));
  return `${plainJson(JSON.stringify(text.slice(0, most)))}… (${text.length.toLocaleString("en")} characters)`;
}

function rest(count: number): string {
  return `… and ${count.toLocaleString("en")} more`;
}
