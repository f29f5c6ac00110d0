/**
 * A call and its answer as messages of a fabric. All numbers are little-endian.
 *
 *     call      version 1 | length of the name, two bytes | name in UTF-8 | arguments, as the bytes of a tuple
 *     answer    version 1 | kind | the bytes of a value, or of a problem in JSON
 */

import { PluginError } from "../errors.ts";
import { jsonOf } from "../remote/json-of.ts";
import { type Problem, readProblem } from "../remote/problem.ts";

const VERSION = 1;
/** Bytes of a function's name. */
const LONGEST = 256;
const HEAD = 3;
/** Bytes of a problem: messages have 16 KiB at most. */
const MOST_PROBLEM = 2 ** 17;

const KINDS = ["answer", "err", "nothing", "problem"] as const;

/** What a call came to: its answer, the `err` that the plugin answered, or why there is neither. */
export type Answered =
  | { readonly kind: "answer" | "err"; readonly bytes: Uint8Array }
  | { readonly kind: "nothing" }
  | { readonly kind: "problem"; readonly error: PluginError };

/** @param bytes of the arguments */
export function callFrame(name: string, bytes: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(name);
  const frame = new Uint8Array(HEAD + text.length + bytes.length);
  frame[0] = VERSION;
  frame[1] = text.length & 0xff;
  frame[2] = text.length >>> 8;
  frame.set(text, HEAD);
  frame.set(bytes, HEAD + text.length);
  return frame;
}

/** @throws PluginError `bad-peer` */
export function readCall(frame: Uint8Array): { readonly name: string; readonly bytes: Uint8Array } {
  checkVersion(frame, "a call");
  const length = frame[1]! | (frame[2]! << 8);
  if (frame.length < HEAD || length > LONGEST || HEAD + length > frame.length)
    throw stranger("a call", `its name has ${length} bytes, and it ${frame.length}`);
  const text = frame.subarray(HEAD, HEAD + length);
  if (!/^[\x21-\x7e]+$/.test(String.fromCharCode(...text))) throw stranger("a call", "its name is none");
  return { name: String.fromCharCode(...text), bytes: frame.subarray(HEAD + length) };
}

export function answerFrame(kind: "answer" | "err", bytes: Uint8Array | undefined): Uint8Array {
  // An err without a value is an err all the same.
  if (bytes === undefined && kind === "answer") return Uint8Array.of(VERSION, KINDS.indexOf("nothing"));
  return framed(kind, bytes ?? new Uint8Array(0));
}

export function problemFrame(problem: Problem): Uint8Array {
  return framed("problem", new TextEncoder().encode(JSON.stringify(problem)));
}

function framed(kind: (typeof KINDS)[number], bytes: Uint8Array): Uint8Array {
  const frame = new Uint8Array(2 + bytes.length);
  frame[0] = VERSION;
  frame[1] = KINDS.indexOf(kind);
  frame.set(bytes, 2);
  return frame;
}

/** @throws PluginError `bad-peer` */
export function readAnswer(frame: Uint8Array): Answered {
  checkVersion(frame, "an answer");
  const kind = KINDS[frame[1]!];
  const bytes = frame.subarray(2);
  if (kind === "answer" || kind === "err") return { kind, bytes };
  if (kind === "nothing" && bytes.length === 0) return { kind };
  const found = kind === "problem" && bytes.length <= MOST_PROBLEM ? readProblem(jsonOf(bytes)) : undefined;
  if (kind !== "problem" || !found) throw stranger("an answer", "it is neither an answer nor a problem");
  return { kind, error: found.error };
}

function checkVersion(frame: Uint8Array, what: string): void {
  if (frame.length < 2) throw stranger(what, `it has ${frame.length} bytes`);
  if (frame[0] !== VERSION) throw stranger(what, `it is of the version ${frame[0]}, wanted ${VERSION}`);
}

function stranger(what: string, why: string): PluginError {
  return new PluginError("bad-peer", `could not read ${what}: ${why}`);
}
