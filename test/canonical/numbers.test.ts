import { expect, test } from "vitest";
import { bulk, swap } from "../../abi/canonical/numbers.ts";

test("on a machine that is not little-endian the bytes of every element are turned round", () => {
  const bytes = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);
  swap(bytes, 4);
  expect(bytes).toEqual(new Uint8Array([4, 3, 2, 1, 8, 7, 6, 5]));
  swap(bytes, 2);
  expect(bytes).toEqual(new Uint8Array([3, 4, 1, 2, 7, 8, 5, 6]));
});

test("an array of another sort is not copied whole, however like it looks", () => {
  const memory = new Uint8Array(16);
  const u16 = bulk("u16")!;
  expect(u16.paste(memory, new Int16Array([-1]), 0)).toBe(false);
  expect(u16.paste(memory, [1], 0)).toBe(false);
  expect(memory).toEqual(new Uint8Array(16));
  expect(u16.paste(memory, new Uint16Array([513]), 2)).toBe(true);
  expect(u16.copy(memory, 2, 1)).toEqual(new Uint16Array([513]));
  expect(bulk("bool")).toBeUndefined();
});
