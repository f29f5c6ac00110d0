import { expect, it } from "vitest";
import { z } from "zod";
import { type Lent, MemoryPool } from "../../../host/guest/memory-pool.ts";
import { contract, load } from "../../../host/mod.ts";
import { versions } from "../../versions.ts";

const pages = ({ memory }: Lent) => memory.buffer.byteLength / 65_536;

it("gives a memory out again, all zero, and grown to what is wanted", () => {
  const pool = new MemoryPool();
  const first = pool.take({ initial: 1, maximum: 10 }, 2);
  expect(pages(first)).toBe(2);
  new Uint8Array(first.memory.buffer).fill(7);
  pool.give(first);

  const second = pool.take({ initial: 1, maximum: 10 }, 3);

  expect(second.memory).toBe(first.memory);
  expect(pages(second)).toBe(3);
  expect(new Uint8Array(second.memory.buffer).every((byte) => byte === 0)).toBe(true);
});

it("never gives one memory to two guests", () => {
  const pool = new MemoryPool();
  const [one, two] = [pool.take({ initial: 1 }, 0), pool.take({ initial: 1 }, 0)];
  expect(one.memory).not.toBe(two.memory);
  pool.give(one);
  pool.give(two);
  const again = [pool.take({ initial: 1 }, 0), pool.take({ initial: 1 }, 0)];
  expect(again[0]?.memory).not.toBe(again[1]?.memory);
});

it("gives no memory of 4 GiB to a guest that wants a page", () => {
  const pool = new MemoryPool();
  const buffer = { byteLength: 2 ** 32 } as ArrayBuffer;
  const full: Lent = {
    memory: { buffer, grow: () => 0 } as unknown as WebAssembly.Memory,
    maximum: undefined,
  };
  pool.give(full);
  expect(pages(pool.take({ initial: 1 }, 0))).toBe(1);
});

it("gives no memory to a guest whose limits are others", () => {
  const pool = new MemoryPool();
  const first = pool.take({ initial: 1, maximum: 10 }, 0);
  pool.give(first);
  expect(pool.take({ initial: 1, maximum: 11 }, 0).memory).not.toBe(first.memory);
  expect(pool.take({ initial: 1 }, 0).memory).not.toBe(first.memory);
  expect(pool.take({ initial: 1, maximum: 10 }, 0).memory).toBe(first.memory);
});

it("gives no memory that is far too large: states become smaller too", () => {
  const pool = new MemoryPool();
  const first = pool.take({ initial: 1 }, 1000);
  pool.give(first);
  expect(pages(pool.take({ initial: 1 }, 2))).toBe(2);
});

it("never begins with more than a guest may have", () => {
  expect(pages(new MemoryPool().take({ initial: 1, maximum: 4 }, 100))).toBe(4);
});

it("keeps nothing once it is closed", () => {
  const pool = new MemoryPool();
  const [one, two] = [pool.take({ initial: 1 }, 0), pool.take({ initial: 1 }, 0)];
  pool.give(one);
  pool.close();
  pool.give(two);
  expect([one.memory, two.memory]).not.toContain(pool.take({ initial: 1 }, 0).memory);
});

it("a snapshot taken while a swap is rehearsed leaves the rehearsal's state alone", async () => {
  const version = versions(new URL("../../../wasm-plugins/counter/", import.meta.url));
  const counter = await load(await version("v1"));
  counter.callSync.add?.(40 as never);

  const record = await counter.swap(await version("v1"), {
    dryRun: true,
    verify: async () => {
      counter.callSync.add?.((2 ** 30) as never);
      await counter.snapshot();
    },
  });

  expect(record).toMatchObject({ outcome: "rehearsed", stateBytes: 1 });
  expect(counter.callSync.value?.()).toBe(2 ** 30 + 40);
  await counter.close();
});

it("a twin whose view was kept by the caller reaches nothing after its memory serves another", async () => {
  const version = versions(new URL("../../../wasm-plugins/counter/", import.meta.url));
  const Counter = contract("demo:counter/counter@1", {
    add: { params: [z.uint32()], returns: z.uint32() },
    value: { params: [], returns: z.uint32() },
  });
  const counter = await load(Counter, await version("v1"));
  counter.callSync.add(40);
  let kept:
    | { callSync: { add: (step: number) => number }; call: { add: (step: number) => unknown } }
    | undefined;
  await counter.swap(await version("v1"), {
    verify: (twin) => {
      kept = twin;
      return twin.callSync.add(1) === 41;
    },
  });

  expect(() => kept?.callSync.add(1)).toThrow("closed");
  await expect(kept?.call.add(1)).rejects.toMatchObject({ code: "closed" });
  expect(counter.callSync.value()).toBe(40);
  await counter.close();
});

/** A memory of this many pages that takes no room: nothing of it is touched. */
function untouched(pages: number): Lent {
  const memory = {
    buffer: { byteLength: pages * 65_536 },
    grow: () => {
      throw new RangeError("it was grown");
    },
  };
  return { memory: memory as unknown as Lent["memory"], maximum: undefined };
}

it.each([4_096, 65_535, 65_536])("does not give a memory of %i pages to a small guest", (size) => {
  const pool = new MemoryPool();
  const large = untouched(size);
  pool.give(large);
  const lent = pool.take({ initial: 1 }, 0);
  expect(lent.memory).not.toBe(large.memory);
  expect(pages(lent)).toBe(1);
});

it("makes no memory larger than memories are", () => {
  expect(() => new MemoryPool().take({ initial: 0, maximum: 1 }, 70_000)).not.toThrow();
  expect(pages(new MemoryPool().take({ initial: 0, maximum: 2 }, 70_000))).toBe(2);
});
