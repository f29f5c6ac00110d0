/** Returns its arguments. Every toolchain compiles this file; only what they add to it differs. */

export class Item {
  id: u32 = 0;
  count: i32 = 0;
  big: i64 = 0;
  ratio: f64 = 0;
  scale: f32 = 0;
  active: bool = false;
  name: string = "";
  city: string = "";
  note: string = "";
  tags: Array<string> = [];
}

export function add(a: i32, b: i32): i32 {
  return a + b;
}

export function text(value: string): string {
  return value;
}

export function bytes(value: Uint8Array): Uint8Array {
  return value;
}

export function pass(value: Item): Item {
  return value;
}
