import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import wabt from "wabt";
import { Views } from "../../abi/canonical/mod.ts";
import { surrogates } from "../../abi/canonical/surrogates.ts";

const LONE = ["\ud800", "\udbff", "\udc00", "\udfff"];
const MIXED = "naïve café, Дорога в горы, 山の上の雲, 힣\ue000";

/** Texts with surrogates, most of which have a partner. */
const texts = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: fc.stringMatching(/^[ä山\ue000]{1,40}$/) },
      { weight: 2, arbitrary: fc.constant("😀") },
      { weight: 1, arbitrary: fc.constantFrom(...LONE) },
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join("").padEnd(9, "ä"));

function wellFormed(value: string): boolean {
  return !/\p{Surrogate}/u.test(value);
}

describe("the look for surrogates without a partner", () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const look = surrogates(memory)!;
  const found = (value: string, at: number, around: number): number => {
    const bytes = Buffer.from(memory.buffer);
    bytes.fill(around, 0, 4096);
    bytes.write(value, at, "utf16le");
    return look(at, at + 2 * value.length);
  };

  test("finds one wherever it is, and none beside the text", () => {
    for (const length of [9, 10, 15, 16, 17, 31, 32, 33, 40, 41, 63, 64, 65, 100]) {
      const text = MIXED.repeat(5).slice(0, length);
      for (const at of [16, 18, 20, 30]) {
        for (const around of [0xd8, 0xdc]) {
          expect(found(text, at, around)).toBe(0);
          for (let i = 0; i < length; i++) {
            const lone = `${text.slice(0, i)}${LONE[i % 4]}${text.slice(i + 1)}`;
            expect(found(lone, at, around)).toBe(1);
            if (i + 1 === length) continue;
            expect(found(`${text.slice(0, i)}😀${text.slice(i + 2)}`, at, around)).toBe(0);
          }
        }
      }
    }
  });

  test("agrees with a slower one, whatever the text", () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 0, max: 40 }), (value, at) => {
        expect(found(value, 2 * at, 0xdc)).toBe(wellFormed(value) ? 0 : 1);
      }),
      { numRuns: 2000 },
    );
  });

  test("goes on in a memory that has grown", () => {
    memory.grow(1);
    const end = memory.buffer.byteLength;
    Buffer.from(memory.buffer).write("\ud800".repeat(9), end - 18, "utf16le");
    expect(look(end - 18, end)).toBe(1);
    Buffer.from(memory.buffer).write("ä".repeat(9), end - 18, "utf16le");
    expect(look(end - 18, end)).toBe(0);
  });

  test("is what its text says", async () => {
    const { parseWat } = await wabt();
    const wat = await readFile(new URL("../../abi/canonical/surrogates.wat", import.meta.url), "utf8");
    const source = await readFile(new URL("../../abi/canonical/surrogates.ts", import.meta.url), "utf8");
    const code = [...source.matchAll(/^ {2}"([A-Za-z0-9+/=]+)"/gm)].map(([, line]) => line).join("");
    const { buffer } = parseWat("surrogates.wat", wat, { simd: true }).toBinary({});
    expect(code).toBe(Buffer.from(buffer).toString("base64"));
  });
});

test("strings cross as before when a memory has seen many of them, grown or not", () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const views = new Views(memory);
  const long = MIXED.repeat(200);
  for (let i = 0; i < 60; i++) {
    if (i === 50) memory.grow(1);
    views.text.writeUtf16(long, 16);
    expect(views.text.readUtf16(16, long.length)).toBe(long);
  }
  for (const length of [70, 600]) {
    for (let i = 0; i < length; i++) {
      const lone = `${long.slice(0, i)}\udbff${long.slice(i + 1, length)}`;
      views.text.writeUtf16(lone, 18);
      const settled = lone.replace("\udbff", "\ufffd");
      expect(Buffer.from(memory.buffer).toString("utf16le", 18, 18 + 2 * length)).toBe(settled);
      Buffer.from(memory.buffer).write(lone, 18, "utf16le");
      expect(views.text.readUtf16(18, length)).toBe(settled);
    }
  }
  fc.assert(
    fc.property(texts, fc.integer({ min: 0, max: 9 }), (value, at) => {
      const settled = value.replaceAll(/\p{Surrogate}/gu, "\ufffd");
      views.text.writeUtf16(value, 2 * at);
      expect(Buffer.from(memory.buffer).toString("utf16le", 2 * at, 2 * (at + value.length))).toBe(settled);
      Buffer.from(memory.buffer).write(value, 2 * at, "utf16le");
      expect(views.text.readUtf16(2 * at, value.length)).toBe(settled);
    }),
    { numRuns: 500 },
  );
});
