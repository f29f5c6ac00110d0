/** Log records of version 1, with values as JSON: they are still read, but no longer written. */
import { PluginError } from "../errors.ts";
import { keyOf, type UntypedAnswer } from "../generation/question-bytes.ts";
import type { CallRecord, Head, ReadRecord } from "./log-record.ts";

/** An answer as it stands in a record. */
type AnswerJson = { readonly question: string; readonly kind: UntypedAnswer["kind"] } & (
  | { readonly answer: unknown }
  | { readonly error: { readonly message: string; readonly payload?: unknown } }
);
type RecordJson =
  | (Omit<Head, "format"> & { readonly format: unknown })
  | Exclude<CallRecord, { readonly kind: "answers" }>
  | { readonly kind: "answers"; readonly number: number; readonly answers: readonly AnswerJson[] };

const KINDS: readonly string[] = ["head", "call", "answers", "end", "drop", "retry"];

/**
 *     0               4           4 + length
 *     | length u32 LE | JSON      | the arguments of a call, as value bytes
 *
 * @throws Error for bytes that are not such a record
 */
export function recordOfVersion1(bytes: Uint8Array): ReadRecord {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  if (4 + length > bytes.length) throw new Error(`its JSON of ${length} bytes is cut off`);
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(4, 4 + length));
  const json = JSON.parse(text) as RecordJson | null;
  if (!json || !KINDS.includes(json.kind)) throw new Error(`found the kind ${JSON.stringify(json?.kind)}`);
  if (json.kind === "head") {
    const { format } = json;
    if (format !== 1) throw new Error(`found the format ${format}, wanted 1`);
    return { ...json, format };
  }
  const { number } = json;
  if (!Number.isSafeInteger(number)) throw new Error("found no number of a call");
  if (json.kind === "call") {
    return { kind: "call", number, name: json.name, args: new Uint8Array(bytes.slice(4 + length)) };
  }
  if (json.kind === "end") return { kind: "end", number, digest: undefined };
  return json.kind === "answers" ? { kind: "answers", number, answers: json.answers.map(answerOf) } : json;
}

/** The answer's question is the function's name, a space, and a character for each byte of the arguments. */
function answerOf(json: AnswerJson): UntypedAnswer {
  const { question, kind } = json;
  const space = question.indexOf(" ");
  const args = Uint8Array.from(question.slice(space + 1), (char) => char.charCodeAt(0));
  const key = keyOf(question.slice(0, space), args);
  if (!("error" in json)) return { key, kind, as: "answered", value: fromJson(json.answer) };
  const { message, payload } = json.error;
  const value =
    payload === undefined
      ? new Error(message)
      : new PluginError("guest-error", message, { payload: fromJson(payload) });
  return { key, kind, as: "threw", value };
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

/**
 * A value without JSON form is an object with one key that begins with `$`:
 *
 *     1n <- {"$n": "1"}    NaN, -0 <- {"$f": "NaN"}    undefined <- {"$u": 0}
 *     bytes <- {"$b": "base64"}    Map <- {"$m": [[key, value], ...]}    Set <- {"$s": [...]}
 *     other typed arrays <- {"$t": ["Uint16Array", [...]]}
 */
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
