import { join } from "node:path";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32 as plainCrc32 } from "../../host/durable/file/crc32.ts";
import { Damage, frame, type JournalHead, newHead, seal } from "../../host/durable/file/journal-format.ts";
import { type ReadingOptions, records, survey } from "../../host/durable/file/journal-reading.ts";
import type { Readable } from "../../host/durable/file/window.ts";
import { putU32 } from "../../host/durable/file/words.ts";
import { disk } from "../../host/node/disk.ts";
import { folder } from "../durable/folder.ts";

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
const bytesOf = (value: string) => Buffer.from(value, "latin1");
const head = newHead(seal(bytesOf("a snapshot")), undefined);

it("has the checksums of zlib where there is no zlib, in one piece and in several", () => {
  const cut = fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.nat(300));
  fc.assert(
    fc.property(cut, ([bytes, at]) => {
      const whole = crc32(bytes);
      expect(plainCrc32(bytes)).toBe(whole);
      expect(plainCrc32(bytes.subarray(at), plainCrc32(bytes.subarray(0, at)))).toBe(whole);
    }),
  );
});

function memory(bytes: Uint8Array): Readable {
  return {
    read(into, at) {
      const part = bytes.subarray(at, at + into.length);
      into.set(part);
      return part.length;
    },
  };
}

/** A journal whose appends are those records, each synced before the next one unless `synced` says how many were. */
function journal(
  appends: readonly (readonly string[])[],
  synced?: number,
): { file: Buffer; starts: number[] } {
  const parts: Uint8Array[] = [head.bytes];
  const starts: number[] = [];
  for (const [sequence, each] of appends.entries()) {
    starts.push(parts.reduce((sum, part) => sum + part.length, 0));
    parts.push(frame(each.map(bytesOf), { sequence, synced: Math.min(synced ?? sequence, sequence) }, head));
  }
  return { file: Buffer.concat(parts), starts };
}

function read(file: Uint8Array, options: Partial<ReadingOptions> = {}) {
  const found = survey(memory(file), { size: file.length, ...options });
  const told = [...records(memory(file), found, options.piece)].map(text);
  return { records: told, torn: file.length - found.end, frames: found.frames };
}

/** Reads it and counts the bytes that were hashed. */
function worked(to: (options: Pick<ReadingOptions, "hash">) => unknown): {
  readonly work: number;
  readonly outcome: unknown;
} {
  let work = 0;
  const hash = (bytes: Uint8Array, seed: number) => {
    work += bytes.length;
    return crc32(bytes, seed);
  };
  try {
    return { outcome: to({ hash }), work };
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    return { outcome: error.message, work };
  }
}

const FIVE = [["head"], ["call 1"], ["end 1", "call 2"], ["end 2", "call 3 with more"], ["end 3"]];

describe("a journal", () => {
  it("is what was appended to it, whatever is read at a time", () => {
    const appends = fc.array(fc.array(fc.string({ unit: "binary-ascii", maxLength: 300 })), { maxLength: 9 });
    fc.assert(
      fc.property(appends, fc.integer({ min: 100, max: 400 }), (more, piece) => {
        const { file } = journal([["head"], ...more]);
        expect(read(file, { piece }).records).toEqual(["head", ...more.flat()]);
      }),
    );
  });

  it("is read beyond 2 GiB, a piece at a time", () => {
    const each = 2 ** 30;
    const frameAt = (n: number) => head.bytes.length + n * (20 + each);
    const size = frameAt(3);
    let longest = 0;
    const virtual: Readable = {
      read(into, at) {
        longest = Math.max(longest, into.length);
        into.fill(0);
        const known = [[0, head.bytes] as const, ...[0, 1, 2].map((n) => [frameAt(n), start(n)] as const)];
        for (const [from, bytes] of known) {
          const [first, last] = [Math.max(from, at), Math.min(from + bytes.length, at + into.length)];
          if (first < last) into.set(bytes.subarray(first - from, last - from), first - at);
        }
        return Math.min(into.length, size - at);
      },
    };
    const start = (sequence: number) => {
      const bytes = frame([], { sequence, synced: 0 }, head);
      putU32(bytes, 4, each);
      // The hash below is of everything.
      putU32(bytes, 16, 0);
      return bytes;
    };
    const found = survey(virtual, { size, hash: () => 0 });
    expect([found.frames, found.end, longest]).toEqual([3, size, 2 ** 20]);
  });

  it("with more than 2 GiB of zeros behind it is cut there, and they are not hashed", () => {
    const { file } = journal(FIVE);
    const size = 2 ** 31 + 2 ** 20;
    const sparse: Readable = {
      read(into, at) {
        into.fill(0);
        into.set(file.subarray(at, at + into.length));
        return Math.min(into.length, size - at);
      },
    };
    const { outcome, work } = worked((options) => survey(sparse, { size, ...options }));
    expect(outcome).toMatchObject({ frames: 5, end: file.length });
    expect(work).toBeLessThan(file.length);
  });

  it("is a file that is written and read beyond 2 GiB", () => {
    const file = disk.open(join(folder(), "0000000001.journal"));
    const bytes = bytesOf("far out");
    file.write(bytes, 2 ** 32);
    const into = new Uint8Array(20);
    expect([file.stat().size, file.read(into, 2 ** 32)]).toEqual([2 ** 32 + bytes.length, bytes.length]);
    expect(text(into.subarray(0, bytes.length))).toBe("far out");
    file.close();
  });
});

describe("a journal that was cut off", () => {
  const { file, starts } = journal(FIVE);

  it("at any byte is that up to its last whole append", () => {
    for (let length = starts[1]!; length < file.length; length++) {
      const whole = starts.filter((_, n) => (starts[n + 1] ?? file.length) <= length).length;
      const found = read(file.subarray(0, length), { piece: 128 });
      expect(found).toEqual({
        records: FIVE.slice(0, whole).flat(),
        torn: length - (starts[whole] ?? file.length),
        frames: whole,
      });
    }
  });

  it("in an append whose later page is there, and whose earlier one is not, has none of that append", () => {
    const page = 4_096;
    const long = "x".repeat(3 * page);
    const { file, starts } = journal([["head"], ["call 1"], ["end 1", "call 2", long]]);
    for (let from = starts[2]!; from < file.length; from += page) {
      const torn = Buffer.from(file);
      torn.fill(0, from, Math.min(from + page, torn.length));
      expect(read(torn)).toMatchObject({ records: ["head", "call 1"], frames: 2 });
    }
  });

  it("in several appends that were not synced has those before the first hole, whatever of the others is there", () => {
    const { file, starts } = journal(FIVE, 2);
    for (const [hole, rest] of [
      [2, ["head", "call 1"]],
      [3, ["head", "call 1", "end 1", "call 2"]],
    ] as const) {
      const torn = Buffer.from(file);
      torn.fill(0, starts[hole]!, starts[hole]! + 8);
      expect(read(torn).records).toEqual(rest);
    }
  });
});

describe("a journal that is damaged", () => {
  it("in what was synced is refused: a later append says that it was there", () => {
    const { file, starts } = journal(FIVE);
    for (let at = starts[1]!; at < starts[4]!; at++) {
      const damaged = Buffer.from(file);
      damaged[at]! ^= 0x40;
      const frame = starts.findLastIndex((start) => start <= at);
      expect(() => read(damaged)).toThrow(
        `it is damaged at byte ${starts[frame]}, and a whole record follows at byte ${starts[frame + 1]}: so this is not an interrupted write`,
      );
    }
  });

  it("by bytes put in or taken out in what was not synced either", () => {
    const { file, starts } = journal(FIVE, 0);
    const put = Buffer.concat([file.subarray(0, starts[2]), Buffer.from([7]), file.subarray(starts[2]!)]);
    expect(() => read(put)).toThrow(/^it is damaged at byte/);
  });

  it("in its header, or its first append, says so", () => {
    const { file, starts } = journal(FIVE);
    const told = new Set<string>();
    for (let at = 0; at < starts[1]!; at++) {
      const damaged = Buffer.from(file);
      damaged[at]! ^= 1;
      try {
        read(damaged);
      } catch (error) {
        told.add((error as Error).message);
      }
    }
    expect([...told]).toEqual([
      "it does not begin as a journal of moult",
      "its header is damaged",
      "its first record is damaged",
    ]);
    for (let length = 0; length < starts[1]!; length++)
      expect(() => read(file.subarray(0, length))).toThrow(Damage);
  });

  it("with records that are longer than their frame, which no write leaves, is refused", () => {
    const broken = frame([bytesOf("head")], { sequence: 0, synced: 0 }, head);
    putU32(broken, 20, 900);
    const sum = crc32(broken.subarray(20), crc32(broken.subarray(0, 16), head.seed));
    putU32(broken, 16, sum);
    expect(() => read(Buffer.concat([head.bytes, broken]))).toThrow(
      new Damage("a frame is whole and its records are not"),
    );
  });
});

describe("the work of a recovery", () => {
  const MiB = 2 ** 20;
  /** A call whose arguments were cut off: the first bytes of a frame that is not there as a whole. */
  function cutOff(args: Buffer): Buffer {
    const { file } = journal(FIVE);
    const call = frame([args], { sequence: FIVE.length, synced: FIVE.length }, head);
    return Buffer.concat([file, call.subarray(0, -1)]);
  }
  const small = (size: number) => {
    const numbers = new Uint32Array(size / 4);
    for (let i = 0; i < numbers.length; i++) numbers[i] = i % 1_000;
    return Buffer.from(numbers.buffer);
  };
  /** What a caller may have read of the file before: its own beginning, many times. */
  const itself = (size: number) => Buffer.alloc(size, journal(FIVE).file);
  /** Bytes that could only be made by one who has read the file: frames that are not whole, of any length. */
  const forged = (size: number) => {
    const bytes = Buffer.alloc(size);
    for (let at = 0; at + 20 <= size; at += 20) {
      bytes.set(head.bytes.subarray(12, 16), at);
      bytes.writeUInt32LE(Math.max(0, size - at - 30), at + 4);
      bytes.writeUInt32LE(9, at + 8);
      bytes.writeUInt32LE(9, at + 12);
    }
    return bytes;
  };
  const tails: readonly (readonly [string, (size: number) => Buffer])[] = [
    ["zeros", (size) => Buffer.alloc(size)],
    ["small numbers", small],
    ["the journal itself", itself],
  ];

  it.each(tails)("grows as its torn end does, be that %s", (_, make) => {
    for (const size of [MiB / 4, MiB, 4 * MiB]) {
      const { outcome, work } = worked((options) => read(cutOff(make(size)), options));
      expect(outcome).toMatchObject({ frames: 5, torn: size + 23 });
      expect(work).toBeLessThan(size + 1_000);
    }
  });

  it("is bounded also where the end was made to cost much, and then nothing is cut off", () => {
    for (const size of [MiB / 4, MiB]) {
      const file = cutOff(forged(size));
      const { outcome, work } = worked((options) => read(file, options));
      const end = journal(FIVE).file.length;
      expect(outcome).toBe(
        `the bytes from ${end} on may be an interrupted write or damage, and finding out takes too long; if it is an interrupted write, cut the file to that length by hand`,
      );
      expect(work).toBeLessThan(3 * size + 1_000);
    }
  });

  it("grows as its torn end does in version 1 too, and zeros cost nothing", () => {
    const old = version1(FIVE.flat());
    for (const size of [MiB, 4 * MiB]) {
      const file = Buffer.concat([old, Buffer.alloc(size)]);
      const { outcome, work } = worked((options) => read(file, options));
      expect(outcome).toMatchObject({ frames: 7, torn: size });
      expect(work).toBeLessThan(old.length);
    }
    // Numbers that look like a frame's, each before all that is left: 16 times the file, and 64 MiB.
    const numbers = new Uint32Array(MiB / 4).map((_, i) => (i % 2 ? 9 : MiB - 4 * i - 12));
    const { outcome, work } = worked((options) =>
      read(Buffer.concat([old, Buffer.from(numbers.buffer)]), options),
    );
    expect(outcome).toMatch(/^the bytes from \d+ on may be/);
    expect(work).toBeLessThan(16 * MiB + 65 * MiB);
  });
});

/** As the version before wrote it: each record a frame. */
function version1(all: readonly string[]): Buffer {
  const start = Buffer.from(head.bytes.subarray(0, 24));
  start.writeUInt32LE(1, 8);
  start.writeUInt32LE(crc32(start.subarray(0, 20)), 20);
  const frames = all.map((record, n) => {
    const bytes = Buffer.alloc(12 + record.length);
    bytes.writeUInt32LE(record.length, 0);
    bytes.writeUInt32LE(n, 4);
    bytes.write(record, 12, "latin1");
    bytes.writeUInt32LE(crc32(bytes.subarray(12), crc32(bytes.subarray(0, 8), head.seed)), 8);
    return bytes;
  });
  return Buffer.concat([start, ...frames]);
}

it("knows what it begins with: a snapshot, and a module where one is kept", () => {
  const module = "ab".repeat(32);
  const about: JournalHead = newHead({ size: 2 ** 40 + 1, crc: 0xfedcba98 }, module);
  const file = Buffer.concat([about.bytes, frame([bytesOf("head")], { sequence: 0, synced: 0 }, about)]);
  const found = survey(memory(file), { size: file.length });
  expect(found.head).toMatchObject({ snapshot: { size: 2 ** 40 + 1, crc: 0xfedcba98 }, module });
});

it("takes no frame that could not be read back", () => {
  const record = { length: 2 ** 30 } as Uint8Array;
  expect(() => frame([record], { sequence: 1, synced: 1 }, head)).toThrow(
    "1073741828 bytes are more than the 1073741824 that can be written at once",
  );
});
