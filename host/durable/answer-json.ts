/** Host answers as JSON: every value that WIT has, and what was thrown. */

import { PluginError, said } from "../errors.ts";
import type { HostAnswer } from "../generation/observer.ts";

/** As it stands in a log record. */
export type AnswerJson = { readonly question: string; readonly kind: HostAnswer["kind"] } & (
  | { readonly answer: unknown }
  | { readonly error: { readonly message: string; readonly payload?: unknown } }
);

export function answerToJson(given: HostAnswer): AnswerJson {
  const { question, kind } = given;
  if (!("error" in given)) return { question, kind, answer: toJson(given.answer) };
  const { error } = given;
  const payload = error instanceof PluginError ? error.payload : undefined;
  const message = said(error);
  return {
    question,
    kind,
    error: payload === undefined ? { message } : { message, payload: toJson(payload) },
  };
}

export function answerFromJson(json: AnswerJson): HostAnswer {
  const { question, kind } = json;
  if (!("error" in json)) return { question, kind, answer: fromJson(json.answer) };
  const { message, payload } = json.error;
  const error =
    payload === undefined
      ? new Error(message)
      : new PluginError("guest-error", message, { payload: fromJson(payload) });
  return { question, kind, answer: undefined, error };
}

/**
 * What JSON has no word for is an object with one key that begins with `$`:
 *
 *     1n -> {"$n": "1"}    NaN, -0 -> {"$f": "NaN"}    undefined -> {"$u": 0}
 *     bytes -> {"$b": "base64"}    Map -> {"$m": [[key, value], ...]}    Set -> {"$s": [...]}
 *     other typed arrays -> {"$t": ["Uint16Array", [...]]}
 */
function toJson(value: unknown): unknown {
  switch (typeof value) {
    case "bigint":
      return { $n: String(value) };
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $f: Object.is(value, -0) ? "-0" : `${value}` };
    case "undefined":
      return { $u: 0 };
    case "object":
      break;
    default:
      return value;
  }
  if (value === null) return null;
  if (value instanceof Uint8Array) return { $b: base64(value) };
  if (ArrayBuffer.isView(value)) {
    const items = value as unknown as Iterable<unknown>;
    return { $t: [value.constructor.name, Array.from(items, toJson)] };
  }
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Map) return { $m: Array.from(value, (pair) => pair.map(toJson)) };
  if (value instanceof Set) return { $s: Array.from(value, toJson) };
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toJson(each)]));
}

const ARRAYS = {
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
};

function fromJson(json: unknown): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) return json.map(fromJson);
  const entries = Object.entries(json);
  const [key, of] = entries.length === 1 ? entries[0]! : ["", undefined];
  switch (key) {
    case "$n":
      return BigInt(of as string);
    case "$f":
      return Number(of);
    case "$u":
      return undefined;
    case "$b":
      return Uint8Array.from(atob(of as string), (char) => char.charCodeAt(0));
    case "$m":
      return new Map((of as [unknown, unknown][]).map(([k, v]) => [fromJson(k), fromJson(v)]));
    case "$s":
      return new Set((of as unknown[]).map(fromJson));
    case "$t": {
      const [name, items] = of as [keyof typeof ARRAYS, unknown[]];
      return (ARRAYS[name] as unknown as { from(items: unknown[]): unknown }).from(items.map(fromJson));
    }
    default:
      return Object.fromEntries(entries.map(([name, each]) => [name, fromJson(each)]));
  }
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
