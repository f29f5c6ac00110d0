import fc from "fast-check";
import { expect, it } from "vitest";
import { Ring } from "../../../host/journal/ring.ts";

type Step =
  | { readonly do: "append"; readonly count: number }
  | { readonly do: "head" }
  | { readonly do: "release" | "truncate"; readonly share: number };

const share = fc.double({ min: 0, max: 1, noNaN: true });
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ do: fc.constant("append" as const), count: fc.nat(60) }), weight: 4 },
  { arbitrary: fc.record({ do: fc.constant("append" as const), count: fc.nat(40_000) }), weight: 1 },
  { arbitrary: fc.record({ do: fc.constant("head" as const) }), weight: 3 },
  fc.record({ do: fc.constantFrom("release" as const, "truncate" as const), share }),
);

it("has what was appended and not let go of, whatever came before", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const ring = new Ring();
      /** All words that were ever appended; those before `from` are let go of. */
      let words: number[] = [];
      let from = 0;
      for (const each of steps) {
        if (each.do === "append") {
          const source = Int32Array.from({ length: each.count + 2 }, (_, i) => words.length + i);
          ring.append(source, 1, each.count + 1);
          for (const word of source.subarray(1, each.count + 1)) words.push(word);
        } else if (each.do === "head") {
          // In one piece, as the heads of pieces are written.
          ring.reserve(3);
          for (let i = 0; i < 3; i++) ring.page.words[ring.at++] = -i;
          words.push(0, -1, -2);
        } else {
          const position = from + Math.floor((words.length - from) * each.share);
          if (each.do === "release") {
            from = position;
            ring.release(position);
          } else {
            words = words.slice(0, position);
            ring.truncate(position);
          }
        }
        expect(ring.end).toBe(words.length);
        expect([...ring.read(from, words.length - from)].map((word) => word | 0)).toEqual(
          words.slice(from).map((word) => word | 0),
        );
        // What it takes is what it holds, and little more.
        expect(ring.taken).toBeLessThanOrEqual(1.04 * (words.length - from) + 3 * 40_000);
      }
    }),
    { numRuns: 60 },
  );
});

it("grows by small pages first, and takes hardly more than what is in it", () => {
  const ring = new Ring();
  expect(ring.taken).toBe(0);
  ring.append(new Int32Array(10), 0, 10);
  expect(ring.taken).toBe(1024);
  for (let n = 0; n < 10_000; n++) ring.append(new Int32Array(100), 0, 100);
  expect(ring.taken / 1_000_010).toBeLessThan(1.04);
});

it("uses pages again that were let go of", () => {
  const ring = new Ring();
  const pages = new Set<ArrayBufferLike>();
  for (let n = 0; n < 5_000; n++) {
    ring.append(new Int32Array(100), 0, 100);
    ring.release(ring.end - 100);
    pages.add(ring.page.words.buffer);
  }
  expect(pages.size).toBeLessThan(8);
  expect(ring.taken).toBeLessThanOrEqual(3 * 1024);
});

it("keeps nothing of a large piece that was let go of", () => {
  const ring = new Ring();
  ring.append(new Int32Array(1_000_000), 0, 1_000_000);
  ring.release(ring.end);
  expect(ring.taken).toBeLessThanOrEqual(16_384);
  ring.append(Int32Array.of(7), 0, 1);
  expect([...ring.read(1_000_000, 1)]).toEqual([7]);
});
