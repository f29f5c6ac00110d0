import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as web from "../../abi/canonical/text.ts";
import * as node from "../../abi/canonical/text-node.ts";

const LONE = ["\ud800", "\udbff", "\udc00", "\udfff"];
const CYRILLIC = "съешь же ещё этих мягких французских булок ";

/** Every string of UTF-16 units, with lone surrogates in it as often as not. */
const units = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd800, max: 0xdfff })), {
    maxLength: 300,
  })
  .map((codes) => String.fromCharCode(...codes));

/** What is meant to happen, done slowly. */
function settled(value: string): string {
  return Array.from(value, (point) => (/^[\ud800-\udfff]$/.test(point) ? "\ufffd" : point)).join("");
}

function utf16(value: string): Uint8Array {
  const bytes = new Uint8Array(value.length * 2);
  for (let i = 0; i < value.length; i++) {
    bytes[2 * i] = value.charCodeAt(i) & 0xff;
    bytes[2 * i + 1] = value.charCodeAt(i) >> 8;
  }
  return bytes;
}

describe.each([
  ["by Buffer", node],
  ["without Buffer", web],
])("text %s", (_, { text, isLatin1 }) => {
  const buffer = new ArrayBuffer(8192);
  const bytes = new Uint8Array(buffer);
  const subject = text(buffer);

  test("UTF-16 goes both ways, with U+FFFD for every lone surrogate, at any even pointer", () => {
    fc.assert(
      fc.property(units, fc.integer({ min: 0, max: 9 }), (value, at) => {
        const want = utf16(settled(value));
        subject.writeUtf16(value, 2 * at);
        expect(bytes.slice(2 * at, 2 * at + want.length)).toEqual(want);
        bytes.set(utf16(value), 2 * at);
        expect(subject.readUtf16(2 * at, value.length)).toBe(settled(value));
      }),
      { numRuns: 500 },
    );
  });

  test("a lone surrogate is found wherever it is in a long string, and none beside it", () => {
    for (const length of [255, 256, 257, 258, 259, 260, 261, 262, 263]) {
      const long = CYRILLIC.repeat(10).slice(0, length);
      for (const pointer of [16, 18]) {
        for (let i = 0; i < length; i++) {
          const broken = `${long.slice(0, i)}${LONE[i % 4]}${long.slice(i + 1)}`;
          // Around it lie surrogates that are not its own.
          bytes.fill(0xd8);
          subject.writeUtf16(broken, pointer);
          expect(subject.readUtf16(pointer, length)).toBe(settled(broken));
          bytes.fill(0xd8);
          bytes.set(utf16(broken), pointer);
          expect(subject.readUtf16(pointer, length)).toBe(settled(broken));
        }
        bytes.fill(0xd8);
        subject.writeUtf16(long, pointer);
        expect(subject.readUtf16(pointer, length)).toBe(long);
        expect(bytes[pointer - 1]).toBe(0xd8);
        expect(bytes[pointer + 2 * length]).toBe(0xd8);
      }
    }
  });

  test("goes on in a buffer that took the place of the one before", () => {
    const next = subject.renewed(new ArrayBuffer(64));
    const bytes = new Uint8Array(64);
    const other = text(bytes.buffer).renewed(bytes.buffer);
    for (const one of [next, other]) {
      one.writeUtf16("naïve 山 text", 6);
      expect(one.readUtf16(6, 12)).toBe("naïve 山 text");
    }
    expect(bytes.slice(6, 30)).toEqual(utf16("naïve 山 text"));
  });

  test("text in the highest units that are no surrogates stays as it is", () => {
    const wide = "힣，！\ue000\uffff".repeat(100);
    subject.writeUtf16(wide, 16);
    expect(subject.readUtf16(16, wide.length)).toBe(wide);
  });

  test("UTF-8 goes both ways, with U+FFFD for every lone surrogate", () => {
    fc.assert(
      fc.property(units, fc.integer({ min: 0, max: 9 }), (value, at) => {
        const want = new TextEncoder().encode(value);
        expect(subject.utf8Length(value)).toBe(want.length);
        subject.writeUtf8(value, at, want.length);
        expect(bytes.slice(at, at + want.length)).toEqual(want);
        expect(subject.readUtf8(at, want.length)).toBe(settled(value));
      }),
      { numRuns: 500 },
    );
  });

  test("bytes are read as UTF-8 exactly when a strict decoder reads them", () => {
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const byte = fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(0xef, 0xbf, 0xbd, 0xe2, 0x82, 0xf0),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), fc.array(byte, { maxLength: 80 }), (head, tail) => {
        for (const input of [head, Uint8Array.from(tail)]) {
          bytes.set(input);
          let want: string | undefined;
          try {
            want = strict.decode(input);
          } catch {}
          expect(subject.readUtf8(0, input.length)).toBe(want);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("Latin-1 goes both ways, in any length", () => {
    for (const length of [0, 1, 63, 64, 255, 5000]) {
      const value = Array.from({ length }, (_, i) => String.fromCharCode((i * 7) % 256)).join("");
      subject.writeLatin1(value, 8);
      expect(Array.from(bytes.subarray(8, 8 + length))).toEqual(Array.from(value, (c) => c.charCodeAt(0)));
      expect(subject.readLatin1(8, length)).toBe(value);
    }
    expect(isLatin1("\u0000é\u00ff")).toBe(true);
    expect(isLatin1("é\u0100")).toBe(false);
  });
});

test("an engine without toWellFormed gets the same strings", () => {
  const native = Object.getOwnPropertyDescriptor(String.prototype, "toWellFormed")!;
  // biome-ignore lint/suspicious/noExplicitAny: the library does not know that it may be missing
  delete (String.prototype as any).toWellFormed;
  try {
    for (const lone of LONE) expect(web.wellFormed(`a${lone}😀${lone}`)).toBe("a\ufffd😀\ufffd");
    expect(web.wellFormed("plain 😀")).toBe("plain 😀");
  } finally {
    Object.defineProperty(String.prototype, "toWellFormed", native);
  }
});
