/**
 * Instructions, as far as one has to know them to find the next one: the operands of all that engines run
 * today. An instruction that is not here is refused, and never guessed at.
 */
import { Malformed } from "./malformed.ts";

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
const UNKNOWN = 0;
const NONE = 1;
/** A LEB128 number, signed or not; also a heap type. */
const ONE = 2;
const TWO = 3;
const BLOCK_TYPE = 4;
/** An alignment, a memory where bit 6 of it says so, and an offset. */
const MEMORY = 5;
const MEMORY_AND_LANE = 6;
const BYTE = 7;
const FOUR = 8;
const EIGHT = 9;
const SIXTEEN = 10;
/** A list of labels, and one more. */
const LABELS = 11;
/** A list of value types. */
const TYPES = 12;
/** A block type and a list of handlers. */
const HANDLERS = 13;
/** Flags, a label, and two heap types. */
const CAST = 14;

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

interface Table {
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

const CALL = 0x10;
const RETURN_CALL = 0x12;

const ONES = table(PLAIN);
const PREFIXED: readonly Table[] = [OBJECTS, RUNS, VECTORS, ATOMICS].map(table);
const FIRST_PREFIX = 0xfb;

/** Goes over the instructions of one function. */
export class Instructions {
  /** The position of the next one. */
  at: number;
  readonly #bytes: Uint8Array;
  readonly #end: number;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.#bytes = bytes;
    this.at = at;
    this.#end = end;
  }

  get done(): boolean {
    return this.at >= this.#end;
  }

  /** Moves over one. @throws Malformed for one that is not known, or that is cut off */
  next(): Flow {
    const from = this.at;
    const code = this.#bytes[this.at++]!;
    let table = ONES;
    let index = code;
    if (code >= FIRST_PREFIX && code < 0xff) {
      table = PREFIXED[code - FIRST_PREFIX]!;
      index = this.#number();
    }
    const operands = table.operands[index] ?? UNKNOWN;
    if (operands > ONE) this.#operands(operands);
    else if (operands === ONE) this.#skip();
    else if (operands === UNKNOWN) this.#refuse(from, code, index);
    if (this.at > this.#end) throw new Malformed(`at byte ${from}: found an instruction that is cut off`);
    return table.flows[index] as Flow;
  }

  /** The function that the instruction at a position calls; `Infinity` where only its run can tell. */
  callee(at: number): number {
    const code = this.#bytes[at];
    if (code !== CALL && code !== RETURN_CALL) return Number.POSITIVE_INFINITY;
    const behind = this.at;
    this.at = at + 1;
    const index = this.#number();
    this.at = behind;
    return index;
  }

  #operands(written: number): void {
    switch (written) {
      case TWO:
        this.#skip();
        this.#skip();
        return;
      case BLOCK_TYPE:
        this.#type();
        return;
      case MEMORY:
        this.#memory();
        return;
      case MEMORY_AND_LANE:
        this.#memory();
        this.at++;
        return;
      case BYTE:
        this.at++;
        return;
      case FOUR:
        this.at += 4;
        return;
      case EIGHT:
        this.at += 8;
        return;
      case SIXTEEN:
        this.at += 16;
        return;
      case LABELS:
        for (let left = this.#count() + 1; left > 0; left--) this.#skip();
        return;
      case TYPES:
        for (let left = this.#count(); left > 0; left--) this.#type();
        return;
      case HANDLERS:
        this.#type();
        for (let left = this.#count(); left > 0; left--) this.#handler();
        return;
      case CAST:
        this.at++;
        this.#skip();
        this.#skip();
        this.#skip();
        return;
    }
  }

  #memory(): void {
    const align = this.#number();
    if (align & 0x40) this.#skip();
    this.#skip();
  }

  /** A value type, or the type of a block. */
  #type(): void {
    const byte = this.#bytes[this.at]!;
    // (ref null heap), (ref heap)
    if (byte === 0x63 || byte === 0x64) this.at++;
    this.#skip();
  }

  #handler(): void {
    const from = this.at;
    const kind = this.#bytes[this.at++]!;
    if (kind > 3) throw new Malformed(`at byte ${from}: found a handler of the unknown kind ${kind}`);
    if (kind < 2) this.#skip();
    this.#skip();
  }

  #count(): number {
    const from = this.at;
    const count = this.#number();
    if (count <= this.#end - this.at) return count;
    throw new Malformed(
      `at byte ${from}: found ${count} operands, but ${this.#end - this.at} bytes are left`,
    );
  }

  #skip(): void {
    const bytes = this.#bytes;
    while (bytes[this.at++]! >= 0x80);
  }

  #number(): number {
    const from = this.at;
    const bytes = this.#bytes;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[this.at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Malformed(`at byte ${from}: found a number of more than 32 bits`);
  }

  #refuse(from: number, code: number, index: number): never {
    const name = `0x${code.toString(16).padStart(2, "0")}${code === index ? "" : ` ${index}`}`;
    throw new Malformed(`at byte ${from}: found the unknown instruction ${name}`);
  }
}
