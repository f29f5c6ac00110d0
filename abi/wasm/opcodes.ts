/**
 * The instructions that engines run today: how their operands are written, and what each means to a reader
 * that counts.
 */

/** What an instruction means to a reader that counts. */
export const FLOW = {
  /** Goes on with the next instruction, or jumps forward. */
  plain: 0,
  /** Begins a block: one more `end` follows. */
  block: 1,
  /** Begins a loop: the only place that is jumped back to. */
  loop: 2,
  /** Ends a block, a loop, or the function. */
  end: 3,
  call: 4,
  /** Works on as many bytes or elements as the i32 on top of the stack says. */
  bulk: 5,
  /** `memory.grow`. */
  grow: 6,
  /** Ends a block and begins nothing: a legacy `delegate`. */
  delegate: 7,
} as const;
export type Flow = (typeof FLOW)[keyof typeof FLOW];

/** How the operands of an instruction are written. */
export const OPERANDS = {
  unknown: 0,
  none: 1,
  /** A LEB128 number, signed or not; also a heap type. */
  one: 2,
  two: 3,
  blockType: 4,
  /** An alignment, a memory where bit 6 of it says so, and an offset. */
  memory: 5,
  memoryAndLane: 6,
  byte: 7,
  four: 8,
  eight: 9,
  sixteen: 10,
  /** A list of labels, and one more. */
  labels: 11,
  /** A list of value types. */
  types: 12,
  /** A block type and a list of handlers. */
  handlers: 13,
  /** Flags, a label, and two heap types. */
  cast: 14,
} as const;
const { none: NONE, one: ONE, two: TWO, blockType: BLOCK_TYPE, memory: MEMORY } = OPERANDS;
const { memoryAndLane: MEMORY_AND_LANE, byte: BYTE, four: FOUR, eight: EIGHT, sixteen: SIXTEEN } = OPERANDS;
const { labels: LABELS, types: TYPES, handlers: HANDLERS, cast: CAST } = OPERANDS;

type Row = readonly [from: number, to: number, operands: number, flow?: Flow];

/** Of one byte. */
const PLAIN: readonly Row[] = [
  [0x00, 0x01, NONE], // unreachable, nop
  [0x02, 0x02, BLOCK_TYPE, FLOW.block],
  [0x03, 0x03, BLOCK_TYPE, FLOW.loop],
  [0x04, 0x04, BLOCK_TYPE, FLOW.block], // if
  [0x05, 0x05, NONE], // else
  [0x06, 0x06, BLOCK_TYPE, FLOW.block], // try (legacy)
  [0x07, 0x09, ONE], // catch, throw, rethrow
  [0x0a, 0x0a, NONE], // throw_ref
  [0x0b, 0x0b, NONE, FLOW.end],
  [0x0c, 0x0d, ONE], // br, br_if
  [0x0e, 0x0e, LABELS],
  [0x0f, 0x0f, NONE], // return
  [0x10, 0x10, ONE, FLOW.call],
  [0x11, 0x11, TWO, FLOW.call],
  [0x12, 0x12, ONE, FLOW.call], // return_call
  [0x13, 0x13, TWO, FLOW.call],
  [0x14, 0x15, ONE, FLOW.call], // call_ref, return_call_ref
  [0x18, 0x18, ONE, FLOW.delegate],
  [0x19, 0x1b, NONE], // catch_all, drop, select
  [0x1c, 0x1c, TYPES],
  [0x1f, 0x1f, HANDLERS, FLOW.block], // try_table
  [0x20, 0x26, ONE], // locals, globals, table.get, table.set
  [0x28, 0x3e, MEMORY],
  [0x3f, 0x3f, ONE], // memory.size
  [0x40, 0x40, ONE, FLOW.grow],
  [0x41, 0x42, ONE], // i32.const, i64.const
  [0x43, 0x43, FOUR],
  [0x44, 0x44, EIGHT],
  [0x45, 0xc4, NONE],
  [0xd0, 0xd0, ONE], // ref.null
  [0xd1, 0xd1, NONE],
  [0xd2, 0xd2, ONE], // ref.func
  [0xd3, 0xd4, NONE], // ref.eq, ref.as_non_null
  [0xd5, 0xd6, ONE], // br_on_null, br_on_non_null
];

/** Behind 0xfb: garbage-collected types. */
const OBJECTS: readonly Row[] = [
  [0, 1, ONE], // struct.new, struct.new_default
  [2, 5, TWO], // struct.get, struct.set
  [6, 7, ONE, FLOW.bulk], // array.new, array.new_default
  [8, 8, TWO], // array.new_fixed
  [9, 10, TWO, FLOW.bulk], // array.new_data, array.new_elem
  [11, 14, ONE], // array.get, array.set
  [15, 15, NONE], // array.len
  [16, 16, ONE, FLOW.bulk], // array.fill
  [17, 19, TWO, FLOW.bulk], // array.copy, array.init_data, array.init_elem
  [20, 23, ONE], // ref.test, ref.cast
  [24, 25, CAST],
  [26, 30, NONE], // conversions, i31
];

/** Behind 0xfc: conversions, and runs of memory and tables. */
const RUNS: readonly Row[] = [
  [0, 7, NONE], // trunc_sat
  [8, 8, TWO, FLOW.bulk], // memory.init
  [9, 9, ONE], // data.drop
  [10, 10, TWO, FLOW.bulk], // memory.copy
  [11, 11, ONE, FLOW.bulk], // memory.fill
  [12, 12, TWO, FLOW.bulk], // table.init
  [13, 13, ONE], // elem.drop
  [14, 14, TWO, FLOW.bulk], // table.copy
  [15, 15, ONE, FLOW.bulk], // table.grow
  [16, 16, ONE], // table.size
  [17, 17, ONE, FLOW.bulk], // table.fill
  [19, 22, NONE], // wide arithmetic
];

/** Behind 0xfd: vectors. */
const VECTORS: readonly Row[] = [
  [0, 11, MEMORY],
  [12, 13, SIXTEEN], // v128.const, i8x16.shuffle
  [14, 20, NONE],
  [21, 34, BYTE], // lanes
  [35, 83, NONE],
  [84, 91, MEMORY_AND_LANE],
  [92, 93, MEMORY],
  [94, 275, NONE], // with the relaxed ones
];

/** Behind 0xfe: atomics. */
const ATOMICS: readonly Row[] = [
  [0, 2, MEMORY], // notify, wait
  [3, 3, BYTE], // fence
  [16, 78, MEMORY],
];

export interface Table {
  readonly operands: Uint8Array;
  readonly flows: Uint8Array;
}

function table(rows: readonly Row[]): Table {
  const operands = new Uint8Array(276);
  const flows = new Uint8Array(276);
  for (const [from, to, written, flow = FLOW.plain] of rows) {
    operands.fill(written, from, to + 1);
    flows.fill(flow, from, to + 1);
  }
  return { operands, flows };
}

/** Calls of a function that the instruction names. */
export const CALL = 0x10;
export const RETURN_CALL = 0x12;

/** Instructions of one byte. */
export const ONES = table(PLAIN);
/** Those behind a prefix, by the prefix, from the first one on. */
export const PREFIXED: readonly Table[] = [OBJECTS, RUNS, VECTORS, ATOMICS].map(table);
export const FIRST_PREFIX = 0xfb;
