/** Stack: how deep a guest recurses is its own choice, and no grant is ended halfway for it. */
import { expect, test } from "vitest";
import { z } from "zod";
import { hasRoom, ROOM } from "../../host/grant/headroom.ts";
import { capability, contract, load } from "../../host/mod.ts";
import { manifest, refused, wat } from "./guest.ts";

const IO = "test:faults/io@1.0.0";
const Deep = contract("test:faults/deep@1", {
  deep: { params: [z.uint32()], returns: z.uint32() },
  each: { params: [], returns: z.uint32() },
});

/** Asks its host at one depth (`deep`), or at every depth until there is no more stack (`each`), and catches. */
const guest = () =>
  wat(
    `(import "${IO}" "ask" (func $ask (param i32) (result i32)))
     (memory (export "memory") 1)
     (func $deep (export "deep") (param $n i32) (result i32)
       (if (i32.eqz (local.get $n)) (then (return (call $ask (i32.const 0)))))
       (call $deep (i32.sub (local.get $n) (i32.const 1))))
     (func $each (export "each") (result i32)
       (try (do (drop (call $ask (i32.const 1)))) (catch_all))
       (i32.add (call $each) (i32.const 1)))`,
    {
      manifest: manifest({
        exports: [
          { name: "deep", params: [{ name: "n", type: "u32" }], result: "u32" },
          { name: "each", params: [], result: "u32" },
        ],
        imports: [
          {
            interface: IO,
            functions: [{ name: "ask", params: [{ name: "n", type: "u32" }], result: "u32" }],
          },
        ],
      }),
    },
  );

/** A grant that takes some stack itself, and counts how often it was begun, and ended. */
function counting(frames: number) {
  const count = { begun: 0, ended: 0 };
  const down = (n: number): number => (n === 0 ? 0 : 1 + down(n - 1));
  const ask = (): number => {
    count.begun++;
    const answer = down(frames);
    count.ended++;
    return answer;
  };
  const grant = capability(IO, { ask: { params: [z.uint32()], returns: z.uint32(), kind: "read" } }, () => ({
    ask,
  }));
  return { count, grant: [grant] };
}

test("a grant is entered with room for it, at every depth, or not at all", async () => {
  const { count, grant } = counting(100);
  await using plugin = await load(Deep, await guest(), { grant });
  expect(await refused(plugin.call.each())).toContain(
    `trapped: it left less than ${ROOM} bytes of stack for ${IO}#ask; `,
  );
  expect(count.begun).toBeGreaterThan(100);
  expect(count.ended).toBe(count.begun);
});

test("at each depth around the last one, a call is answered or the guest has trapped, and no grant was begun in vain", async () => {
  const { count, grant } = counting(100);
  const code = await WebAssembly.compile((await guest()) as Uint8Array<ArrayBuffer>);
  const answers = async (depth: number): Promise<boolean> => {
    await using plugin = await load(Deep, code, { grant });
    return plugin.call.deep(depth).then(
      () => true,
      () => false,
    );
  };
  let [fine, deep] = [0, 1 << 20];
  while (deep - fine > 1) {
    const middle = (fine + deep) >> 1;
    if (await answers(middle)) fine = middle;
    else deep = middle;
  }
  expect(fine).toBeGreaterThan(1000);
  const before = count.begun;
  for (let depth = fine - 30; depth <= fine + 30; depth++) await answers(depth);
  // From here to where the guest itself has no stack left.
  for (let depth = fine; depth < fine + 3000; depth += 100) await answers(depth);
  expect(count.begun).toBeGreaterThan(before);
  expect(count.ended).toBe(count.begun);
});

test("there is room, until there is less than is promised", () => {
  expect(hasRoom()).toBe(true);
  let rooms = 0;
  let left = 0;
  const down = (): void => {
    if (hasRoom()) rooms++;
    else left++;
    down();
  };
  expect(down).toThrow(RangeError);
  expect([rooms > left, left > 10]).toEqual([true, true]);
});
