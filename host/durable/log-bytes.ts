/** Log records as bytes, version 2. `docs/durable.md` is the page of this format. */
import { PluginError, reason } from "../errors.ts";
import type { HostAnswer } from "../generation/question-bytes.ts";
import type { CallRecord, Head, LogRecord, ReadRecord } from "./log-record.ts";
import { recordOfVersion1 } from "./log-version-1.ts";

/** The fourth byte of a record. In version 1 it is the highest byte of a length, and never so large. */
const VERSION = 0x82;
const KINDS = ["head", "call", "answers", "end", "drop", "retry"] as const;
/** A flag in an answer's last word. */
const READ = 1;
const EFFECT = 2;
const THREW = 4;
const ANSWER = 16;

/**
 *     record    0      1         3      4           12
 *               | kind | 0     0 | 0x82 | number    | what the kind has
 *     call      12            14          14 + length
 *               | length u16  | name ...  | arguments ...
 *     answers   12            20          24         28           28 + size
 *               | key u64     | size u32  | what u32 | answer ... | the next ...
 *     end       12            16
 *               | digest i32  |
 *
 * A head has JSON from byte 4 on. Numbers are little-endian, texts UTF-8.
 */
export function recordToBytes(record: LogRecord): Uint8Array<ArrayBuffer> {
  switch (record.kind) {
    case "head": {
      const json = new TextEncoder().encode(JSON.stringify(record));
      const { bytes } = started(record.kind, 4 + json.length);
      bytes.set(json, 4);
      return bytes;
    }
    case "call": {
      const name = new TextEncoder().encode(record.name);
      const { bytes, data } = numbered(record, 2 + name.length + record.args.length);
      data.setUint16(12, name.length, true);
      bytes.set(name, 14);
      bytes.set(record.args, 14 + name.length);
      return bytes;
    }
    case "answers":
      return answersToBytes(record);
    case "end": {
      const { bytes, data } = numbered(record, 4);
      data.setInt32(12, record.digest ?? 0, true);
      return bytes;
    }
    default:
      return numbered(record, 0).bytes;
  }
}

function started(kind: LogRecord["kind"], length: number) {
  const bytes = new Uint8Array(length);
  bytes[0] = 1 + KINDS.indexOf(kind);
  bytes[3] = VERSION;
  return { bytes, data: new DataView(bytes.buffer) };
}

function numbered({ kind, number }: CallRecord, length: number) {
  const record = started(kind, 12 + length);
  record.data.setBigUint64(4, BigInt(number), true);
  return record;
}

function answersToBytes(record: Extract<CallRecord, { kind: "answers" }>): Uint8Array<ArrayBuffer> {
  const length = record.answers.reduce((sum, answer) => sum + sizeOf(answer), 0);
  const { bytes, data } = numbered(record, length);
  let at = 12;
  for (const answer of record.answers) {
    data.setBigUint64(at, answer.key, true);
    data.setUint32(at + 8, answer.bytes.length, true);
    const what = (answer.kind === "effect" ? EFFECT : READ) | (answer.as === "threw" ? THREW : 0);
    data.setUint32(at + 12, what, true);
    bytes.set(answer.bytes, at + ANSWER);
    at += sizeOf(answer);
  }
  return bytes;
}

/** Bytes of an answer in a log. */
export function sizeOf({ bytes }: HostAnswer): number {
  return ANSWER + bytes.length;
}

/** @throws PluginError `bad-store` */
export function recordFromBytes(bytes: Uint8Array): ReadRecord {
  try {
    if (bytes.length < 4) throw new Error(`found ${bytes.length} bytes, wanted 4 or more`);
    const version = bytes[3]!;
    // Copied by the constructor, because `slice` of a Node buffer does not copy.
    if (version === VERSION) return parsed(new Uint8Array(bytes));
    if (version < 0x80) return recordOfVersion1(bytes);
    throw new Error(`found the version ${version - 0x80}, wanted 2 at most: update the host`);
  } catch (cause) {
    throw new PluginError("bad-store", `a log record cannot be read: ${reason(cause)}`, { cause });
  }
}

function parsed(bytes: Uint8Array<ArrayBuffer>): ReadRecord {
  const data = new DataView(bytes.buffer);
  const kind = KINDS[bytes[0]! - 1];
  if (kind === undefined) throw new Error(`found the kind ${bytes[0]}`);
  if (kind === "head") return headOf(JSON.parse(text(bytes.subarray(4))));
  const number = Number(data.getBigUint64(4, true));
  if (!Number.isSafeInteger(number)) throw new Error("found no number of a call");
  switch (kind) {
    case "call": {
      const from = 14 + data.getUint16(12, true);
      if (from > bytes.length) throw new Error("its name is cut off");
      return { kind, number, name: text(bytes.subarray(14, from)), args: bytes.slice(from) };
    }
    case "answers":
      return { kind, number, answers: answersFrom(bytes, data) };
    case "end":
      return { kind, number, digest: data.getInt32(12, true) };
    default:
      return { kind, number };
  }
}

function answersFrom(bytes: Uint8Array<ArrayBuffer>, data: DataView): HostAnswer[] {
  const answers: HostAnswer[] = [];
  for (let at = 12; at < bytes.length; ) {
    const size = data.getUint32(at + 8, true);
    const what = data.getUint32(at + 12, true);
    const end = at + ANSWER + size;
    if (end > bytes.length) throw new Error(`an answer of ${size} bytes is cut off`);
    const kind = (what & ~THREW) === EFFECT ? "effect" : (what & ~THREW) === READ ? "read" : undefined;
    if (!kind) throw new Error(`found ${what} as what an answer is`);
    const as = what & THREW ? "threw" : "answered";
    answers.push({ key: data.getBigUint64(at, true), kind, as, bytes: bytes.slice(at + ANSWER, end) });
    at = end;
  }
  return answers;
}

/** @throws Error for an invalid head */
export function headOf(json: Head): Head {
  const { format } = json as { readonly format: unknown };
  if (format !== 1 && format !== 2)
    throw new Error(`found the format ${format}, wanted 1 or 2: update the host`);
  return json;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}
