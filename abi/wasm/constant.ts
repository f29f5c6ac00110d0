/** Constant expressions: the initial values of globals, and the offsets of data. */
import { heapType } from "./core-type.ts";
import type { Cursor } from "./cursor.ts";

const OPCODE = { end: 0x0b, i32: 0x41, reference: 0xd0, gc: 0xfb, vector: 0xfd } as const;
/** The operands of an instruction: a number of LEB128 numbers, or of bytes. */
type Immediate = { readonly numbers: number } | { readonly bytes: number };
const NONE: Immediate = { numbers: 0 };
const ONE: Immediate = { numbers: 1 };

const PLAIN: ReadonlyMap<number, Immediate> = new Map<number, Immediate>([
  // global.get, i32.const, i64.const, ref.func
  ...[0x23, OPCODE.i32, 0x42, 0xd2].map((code) => [code, ONE] as const),
  [0x43, { bytes: 4 }],
  [0x44, { bytes: 8 }],
  // i32 and i64: add, sub, mul
  ...[0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e].map((code) => [code, NONE] as const),
]);
/**
 * struct.new, struct.new_default, array.new, .new_default, .new_fixed; any.convert_extern,
 * extern.convert_any, ref.i31
 */
const GC: ReadonlyMap<number, Immediate> = new Map<number, Immediate>([
  ...[0, 1, 6, 7].map((code) => [code, ONE] as const),
  [8, { numbers: 2 }],
  ...[26, 27, 28].map((code) => [code, NONE] as const),
]);
const VECTOR: ReadonlyMap<number, Immediate> = new Map([[12, { bytes: 16 }]]);

/**
 * Moves over a constant expression and its end.
 *
 * @returns its value if it is a single `i32.const`
 */
export function constant(cursor: Cursor): number | undefined {
  if (cursor.peek() === OPCODE.i32) {
    cursor.byte();
    const value = cursor.signed(32);
    if (cursor.peek() === OPCODE.end) {
      cursor.byte();
      return value;
    }
  }
  for (;;) {
    const from = cursor.at;
    const code = cursor.byte();
    if (code === OPCODE.end) return undefined;
    if (code === OPCODE.reference) {
      heapType(cursor);
      continue;
    }
    const set = code === OPCODE.gc ? GC : code === OPCODE.vector ? VECTOR : undefined;
    const immediate = set ? set.get(cursor.u32()) : PLAIN.get(code);
    if (!immediate)
      return cursor.fail(`found an instruction that is no constant (0x${code.toString(16)})`, from);
    if ("bytes" in immediate) cursor.skip(immediate.bytes, "a constant");
    else for (let left = immediate.numbers; left > 0; left--) cursor.skipLeb();
  }
}
