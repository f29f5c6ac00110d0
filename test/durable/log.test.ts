/** Log records as bytes: as they are written, and as older hosts wrote them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recordFromBytes, recordToBytes } from "../../host/durable/log-bytes.ts";
import { answeredCalls, survey } from "../../host/durable/log-reading.ts";
import type { LogRecord } from "../../host/durable/log-record.ts";
import type { RecordedCall } from "../../host/generation/observer.ts";

const hex = (bytes: Uint8Array) =>
  Buffer.from(bytes)
    .toString("hex")
    .replace(/(..)(?=.)/g, "$1 ");
const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

const number = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const bytes = fc.uint8Array({ maxLength: 40 });
const word = fc.integer();
const answer = fc.record({
  key: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  kind: fc.constantFrom("read" as const, "effect" as const),
  as: fc.constantFrom("answered" as const, "threw" as const),
  bytes,
});
const record: fc.Arbitrary<LogRecord> = fc.oneof(
  fc.record({
    kind: fc.constant("head" as const),
    format: fc.constant(2 as const),
    id: fc.uuid(),
    next: number,
    plugin: fc.string(),
    version: fc.constant("1.0.0"),
  }),
  fc.record({
    kind: fc.constant("call" as const),
    number,
    name: fc.string({ unit: "binary" }).map((text) => text.toWellFormed()),
    args: bytes,
  }),
  fc.record({ kind: fc.constant("answers" as const), number, answers: fc.array(answer, { maxLength: 4 }) }),
  fc.record({ kind: fc.constant("end" as const), number, digest: word }),
  fc.record({ kind: fc.constantFrom("drop" as const, "retry" as const), number }),
);

describe("a log record", () => {
  it("is what it was, whatever is in it", () => {
    fc.assert(
      fc.property(record, (one) => {
        const written = recordToBytes(one);
        expect(recordFromBytes(written)).toEqual(one);
        // Wherever it lies: stores read many at a time.
        const larger = new Uint8Array(written.length + 7);
        larger.set(written, 3);
        expect(recordFromBytes(larger.subarray(3, 3 + written.length))).toEqual(one);
        expect(recordFromBytes(Buffer.from(larger.buffer, 3, written.length))).toEqual(one);
      }),
    );
  });

  it("lies as docs/durable.md draws it", () => {
    const answers = [
      {
        key: 0x0102030405060708n,
        kind: "effect" as const,
        as: "answered" as const,
        bytes: bytesOf("2a 00 00 00"),
      },
      { key: 1n, kind: "read" as const, as: "threw" as const, bytes: bytesOf("ff") },
    ];
    const drawn: [LogRecord, string][] = [
      [
        { kind: "call", number: 7, name: "add", args: bytesOf("05 00 00 00") },
        "02 00 00 82 07 00 00 00 00 00 00 00 03 00 61 64 64 05 00 00 00",
      ],
      [
        { kind: "answers", number: 7, answers },
        "03 00 00 82 07 00 00 00 00 00 00 00 " +
          "08 07 06 05 04 03 02 01 04 00 00 00 02 00 00 00 2a 00 00 00 " +
          "01 00 00 00 00 00 00 00 01 00 00 00 05 00 00 00 ff",
      ],
      [{ kind: "end", number: 7, digest: 0xdeadbeef | 0 }, "04 00 00 82 07 00 00 00 00 00 00 00 ef be ad de"],
      [{ kind: "drop", number: 2 ** 40 }, "05 00 00 82 00 00 00 00 00 01 00 00"],
      [{ kind: "retry", number: 7 }, "06 00 00 82 07 00 00 00 00 00 00 00"],
    ];
    for (const [one, text] of drawn) {
      expect(hex(recordToBytes(one))).toBe(text);
      expect(recordFromBytes(bytesOf(text))).toEqual(one);
    }
  });

  it.each([
    ["no bytes", "", "found 0 bytes, wanted 4 or more"],
    ["a later version", "02 00 00 83 00", "found the version 3, wanted 2 at most: update the host"],
    ["a kind that there is not", "09 00 00 82 07 00 00 00 00 00 00 00", "found the kind 9"],
    ["a number that no call has", "05 00 00 82 ff ff ff ff ff ff ff ff", "found no number of a call"],
    ["a name that is cut off", "02 00 00 82 07 00 00 00 00 00 00 00 03 00 61", "its name is cut off"],
    [
      "an answer that is cut off",
      "03 00 00 82 07 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 04 00 00 00 01 00 00 00 ff",
      "an answer of 4 bytes is cut off",
    ],
    [
      "an answer of no kind",
      "03 00 00 82 07 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 03 00 00 00",
      "found 3 as what an answer is",
    ],
    [
      "a head of a later format",
      `01 00 00 82 ${hex(Buffer.from('{"kind":"head","format":3}'))}`,
      "found the format 3, wanted 1 or 2: update the host",
    ],
    ["a record of version 1 without its JSON", "c8 00 00 00 7b", "its JSON of 200 bytes is cut off"],
    ["a record of version 1 of no kind", "02 00 00 00 7b 7d", "found the kind undefined"],
  ])("is refused for %s", (_, text, why) => {
    expect(() => recordFromBytes(bytesOf(text))).toThrow(`[bad-store] a log record cannot be read: ${why}`);
  });

  it("of any bytes is read or refused, and nothing else", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 60 }),
          record.chain((one) => {
            const written = recordToBytes(one);
            return fc
              .tuple(fc.nat(written.length - 1), fc.nat(255), fc.nat(written.length))
              .map(([at, byte, length]) => {
                const broken = written.slice(0, length);
                broken[at] = byte;
                return broken;
              });
          }),
        ),
        (broken) => {
          try {
            recordFromBytes(broken);
          } catch (error) {
            expect(error).toMatchObject({ code: "bad-store" });
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe("the records of a log", () => {
  const head: LogRecord = { kind: "head", format: 2, id: "id", next: 1, plugin: "p", version: "1.0.0" };
  const call = (number: number): LogRecord => ({
    kind: "call",
    number,
    name: "add",
    args: new Uint8Array(0),
  });
  const end = (number: number): LogRecord => ({ kind: "end", number, digest: number });

  it("tell of a call that was undone, of which nothing else is left, that its number was given", async () => {
    const records: LogRecord[] = [head, call(1), end(1), { kind: "drop", number: 2 }, call(4), end(4)];
    expect(await survey(records)).toMatchObject({ count: 2, next: 5, interrupted: undefined });
    const digests = [...(answeredCalls(records) as Iterable<RecordedCall>)].map(({ digest }) => digest);
    expect(digests).toEqual([1, 4]);
    expect(await survey(records.slice(0, 4))).toMatchObject({ count: 1, next: 3, interrupted: undefined });
    expect(await survey([head, { kind: "drop", number: 1 }])).toMatchObject({ count: 0, next: 2 });
  });

  it("do not let a call that was undone stand behind one that has no end", async () => {
    await expect(survey([head, call(1), { kind: "drop", number: 2 }])).rejects.toMatchObject({
      code: "bad-store",
      message: "[bad-store] call 1 has no end, and call 2 follows it",
    });
  });
});
