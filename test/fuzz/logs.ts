/** Journals of stores: read up to where they are whole, or refused; and records in them, by whoever can write. */
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { frame, newHead, seal } from "../../host/durable/file/journal-format.ts";
import { records, survey } from "../../host/durable/file/journal-reading.ts";
import { recordFromBytes, recordToBytes } from "../../host/durable/log-bytes.ts";
import { answeredCalls, survey as surveyCalls } from "../../host/durable/log-reading.ts";
import type { LogRecord } from "../../host/durable/log-record.ts";
import { applied, changes, type Fuzzer, property, readOrRefused } from "./fuzzer.ts";

const bytes = (text: string) => Uint8Array.from(Buffer.from(text));
const answer = (key: bigint, text: string) =>
  ({ key, kind: "read", as: "answered", bytes: bytes(text) }) as const;
const STORY: readonly LogRecord[] = [
  { kind: "head", format: 2, id: "an-id", next: 1, plugin: "account", version: "1.0.0" },
  { kind: "call", number: 1, name: "add", args: bytes("\u0005\0\0\0") },
  { kind: "answers", number: 1, answers: [answer(7n, "a rate"), answer(2n ** 64n - 1n, "")] },
  { kind: "end", number: 1, digest: -559038737 },
  { kind: "call", number: 2, name: "book", args: bytes("") },
  { kind: "drop", number: 2 },
  { kind: "call", number: 3, name: "add", args: bytes("x".repeat(300)) },
  { kind: "retry", number: 3 },
];
const WRITTEN = STORY.map(recordToBytes);
const head = newHead(seal(bytes("a snapshot")), undefined);
const file = (all: readonly Uint8Array[]) =>
  Buffer.concat([
    head.bytes,
    ...all.map((each, sequence) => frame([each], { sequence, synced: Math.max(0, sequence - 1) }, head)),
  ]);

export const logs: Fuzzer = {
  name: "logs",
  what: "journal files of stores, changed; and whole ones of records that were changed or come in any order",
  few: 300,
  async property() {
    const inputs = fc.record({
      file: changes,
      record: changes,
      at: fc.nat(STORY.length - 1),
      order: fc.shuffledSubarray(WRITTEN, { minLength: 1 }),
      piece: fc.integer({ min: 100, max: 5_000 }),
    });
    return property(inputs, async (given) => {
      await readFile(applied(given.file, file(WRITTEN)), given.piece);
      await readRecords(WRITTEN.map((each, i) => (i === given.at ? applied(given.record, each) : each)));
      await readRecords([WRITTEN[0]!, ...given.order]);
    });
  },
};

async function readFile(content: Uint8Array, piece: number): Promise<void> {
  const readable = {
    read(into: Uint8Array, at: number) {
      const part = content.subarray(at, at + into.length);
      into.set(part);
      return part.length;
    },
  };
  let work = 0;
  const hash = (part: Uint8Array, before: number) => {
    work += part.length;
    return crc32(part, before);
  };
  const found = await readOrRefused(() => survey(readable, { size: content.length, piece, hash }), "Damage");
  if (work > 8 * content.length + 4_096) throw new Error(`it hashed ${work} bytes of ${content.length}`);
  if (!found) return;
  const read = [...records(readable, found, piece)];
  const isPrefix = read.every((each, i) => Buffer.compare(each, WRITTEN[i] ?? bytes("none")) === 0);
  if (!isPrefix) throw new Error(`it read ${read.length} records, which were not written so`);
}

async function readRecords(written: readonly Uint8Array[]): Promise<void> {
  const calls = await readOrRefused(async () => {
    const all = written.map(recordFromBytes);
    await surveyCalls(all);
    return [...(answeredCalls(all) as Iterable<{ readonly args: Uint8Array }>)];
  }, "PluginError");
  const kept = calls?.reduce((sum, { args }) => sum + args.length, 0) ?? 0;
  if (kept > written.reduce((sum, each) => sum + each.length, 0))
    throw new Error("it holds more bytes of arguments than there were");
}
