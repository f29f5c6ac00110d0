/** Log records: what a durable plugin writes ahead, as bytes. `docs/durable.md` is the page of this format. */

import { PluginError, reason } from "../errors.ts";
import type { HostAnswer, RecordedCall } from "../generation/observer.ts";
import type { Journal } from "../journal/journal.ts";
import { type AnswerJson, answerFromJson, answerToJson } from "./answer-json.ts";

/** The first record after a snapshot: whose calls follow. */
export interface Head {
  readonly kind: "head";
  readonly format: 1;
  /** Of the store, for its whole life: part of every `callId`. */
  readonly id: string;
  /** The number of the first call that follows. */
  readonly next: number;
  readonly plugin: string;
  readonly version: string;
  /** SHA-256 of the module's bytes, where it is known. */
  readonly digest?: string;
}

export type LogRecord =
  | Head
  /** A call is about to run. */
  | {
      readonly kind: "call";
      readonly number: number;
      readonly name: string;
      readonly args: Uint8Array<ArrayBuffer>;
    }
  /** What the host answered it. */
  | { readonly kind: "answers"; readonly number: number; readonly answers: readonly HostAnswer[] }
  /** It answered. */
  | { readonly kind: "end"; readonly number: number; readonly digest: number }
  /** It did not: it trapped, or was refused. */
  | { readonly kind: "drop"; readonly number: number }
  /** A recovery is about to run it again. */
  | { readonly kind: "retry"; readonly number: number };

/**
 *     0               4           4 + length
 *     | length u32 LE | JSON      | the arguments of a call, as lowered bytes
 */
export function recordToBytes(record: LogRecord): Uint8Array<ArrayBuffer> {
  const { args, ...rest } = record.kind === "call" ? record : { ...record, args: new Uint8Array(0) };
  const json = "answers" in rest ? { ...rest, answers: rest.answers.map(answerToJson) } : rest;
  const text = new TextEncoder().encode(JSON.stringify(json));
  const bytes = new Uint8Array(4 + text.length + args.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  bytes.set(args, 4 + text.length);
  return bytes;
}

const KINDS: readonly string[] = ["head", "call", "answers", "end", "drop", "retry"];

/** @throws PluginError `bad-store` */
export function recordFromBytes(bytes: Uint8Array): LogRecord {
  try {
    const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
    if (4 + length > bytes.length) throw new Error(`its JSON of ${length} bytes is cut off`);
    const json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(4, 4 + length)));
    if (!KINDS.includes(json?.kind)) throw new Error(`found the kind ${JSON.stringify(json?.kind)}`);
    if (json.kind === "head") {
      if (json.format !== 1) throw new Error(`found the format ${json.format}, wanted 1: update the host`);
      return json;
    }
    if (!Number.isSafeInteger(json.number)) throw new Error("found no number of a call");
    if (json.kind === "call") return { ...json, args: bytes.slice(4 + length) };
    if (json.kind === "answers") {
      return { ...json, answers: (json.answers as AnswerJson[]).map(answerFromJson) };
    }
    return json;
  } catch (cause) {
    throw new PluginError("bad-store", `a log record cannot be read: ${reason(cause)}`, { cause });
  }
}

/** The calls that records tell of, in a journal; those that did not answer are left out. */
export interface Told {
  readonly head: Head;
  /** The last call's entry has no digest when nobody knows whether it answered. */
  readonly journal: Journal;
  /** The number of the next call. */
  readonly next: number;
  /** How often recoveries tried the last call. */
  readonly retries: number;
}

/** @throws PluginError `bad-store` when they do not begin with a head, or do not fit each other */
export function tell(records: readonly LogRecord[], journal: Journal): Told {
  const [head, ...rest] = records;
  if (head?.kind !== "head") throw new PluginError("bad-store", "its first log record is no head");
  const entries = new Map<number, RecordedCall>();
  let next = head.next;
  let retries = 0;
  for (const record of rest) {
    if (record.kind === "head") throw new PluginError("bad-store", "it has two heads");
    const { number } = record;
    if (record.kind === "call") {
      const { name, args } = record;
      entries.set(number, { name, slot: -1, args, answers: [], number });
      next = number + 1;
      retries = 0;
      continue;
    }
    const entry = entries.get(number);
    if (!entry) throw new PluginError("bad-store", `a record of call ${number} has no call`);
    if (record.kind === "answers") entry.answers.push(...record.answers);
    else if (record.kind === "end") entry.digest = record.digest;
    else if (record.kind === "drop") entries.delete(number);
    else retries++;
  }
  for (const entry of entries.values()) {
    entry.logged = entry.answers.length;
    journal.add(entry);
  }
  return { head, journal, next, retries };
}
