/** The code that counts fuel: what is put into functions, and the functions that are added. */
import { signed, u32 } from "./bytes-out.ts";

/** The most that a global of 32 bits counts, which is faster than one of 64. */
const MOST = 2 ** 31 - 1;

const I32 = 0x7f;
const I64 = 0x7e;
const F64 = 0x7c;

const OP = {
  unreachable: 0x00,
  if: 0x04,
  end: 0x0b,
  return: 0x0f,
  call: 0x10,
  localGet: 0x20,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Const: 0x41,
  i32GtU: 0x4b,
  i32Shl: 0x74,
  i32ShrU: 0x76,
} as const;
const NOTHING = 0x40;

/** Numbers of one width, and their instructions. */
interface Width {
  readonly type: number;
  readonly constant: number;
  readonly minus: number;
  readonly below: number;
  /** Makes one of an i32 without sign, and of an f64; and an f64 of one. */
  readonly ofI32: readonly number[];
  readonly ofF64: readonly number[];
  readonly toF64: number;
}

const NARROW: Width = {
  type: I32,
  constant: OP.i32Const,
  minus: 0x6b,
  below: 0x48,
  ofI32: [],
  ofF64: [0xfc, 2],
  toF64: 0xb7,
};
const WIDE: Width = {
  type: I64,
  constant: 0x42,
  minus: 0x7d,
  below: 0x53,
  ofI32: [0xad],
  ofF64: [0xfc, 6],
  toF64: 0xb9,
};

/** The locals that a function gets to count with. */
export interface Spare {
  readonly declared: readonly number[];
  /** The number of groups that were declared. */
  readonly groups: number;
  readonly fuel: readonly number[];
  readonly length: readonly number[];
}

export class FuelCode {
  /** The indices of the functions that are added. */
  readonly functions: Readonly<Record<"out" | "charge" | "grow" | "fill" | "left", number>>;
  readonly #width: Width;
  /** The index of the global. */
  readonly #fuel: readonly number[];

  /** @param most that is ever counted @param first the index of the first function that is added */
  constructor(most: number, first: number, global: number) {
    this.functions = { out: first, charge: first + 1, grow: first + 2, fill: first + 3, left: first + 4 };
    this.#width = most <= MOST ? NARROW : WIDE;
    this.#fuel = u32(global);
  }

  /** @param locals of a function, its parameters included @param runs whether there are lengths to pay for */
  spare(locals: number, runs: boolean): Spare {
    const { type } = this.#width;
    const two = runs && type !== I32;
    return {
      declared: two ? [1, type, 1, I32] : [1, type],
      groups: two ? 2 : 1,
      fuel: u32(locals),
      length: u32(two ? locals + 1 : locals),
    };
  }

  /** Pays at the entry of a function. Ending elsewhere keeps functions small. */
  payEntry(units: number, { fuel }: Spare): number[] {
    return this.#pay(units, fuel, [OP.call, ...u32(this.functions.out)]);
  }

  /** Pays for a round of a loop. It ends in place, because a call would cost the loop its registers. */
  payRound(units: number, { fuel }: Spare): number[] {
    return this.#pay(units, fuel, [OP.unreachable]);
  }

  /** Pays for the length on top of the stack. @param pages whether it is in pages */
  payLength(pages: boolean, { length }: Spare): number[] {
    const { charge, grow } = this.functions;
    return [OP.localTee, ...length, OP.localGet, ...length, OP.call, ...u32(pages ? grow : charge)];
  }

  #pay(units: number, spare: readonly number[], out: readonly number[]): number[] {
    const { constant, minus } = this.#width;
    return [
      ...[OP.globalGet, ...this.#fuel, constant, ...signed(units), minus],
      ...[OP.localTee, ...spare, OP.globalSet, ...this.#fuel, OP.localGet, ...spare],
      ...this.#ifNegative(out),
    ];
  }

  #ifNegative(out: readonly number[]): number[] {
    const { constant, below } = this.#width;
    return [constant, 0, below, OP.if, NOTHING, ...out, OP.end];
  }

  /** The types of the functions that are added. */
  types(): number[][] {
    const signature = (params: number[], results: number[]) =>
      [0x60, [params.length], params, [results.length], results].flat();
    return [signature([], []), signature([I32], []), signature([F64], []), signature([], [F64])];
  }

  /** The index of each one's type. @param first the index of the first type that is added */
  functionTypes(first: number): number[] {
    return [first, first + 1, first + 1, first + 2, first + 3];
  }

  /** @param units that are in it at the beginning */
  global(units: number): number[] {
    const { type, constant } = this.#width;
    return [type, 1, constant, ...signed(Math.min(units, Number.MAX_SAFE_INTEGER)), OP.end];
  }

  bodies(): number[][] {
    const { minus, ofI32, ofF64, toF64 } = this.#width;
    const get = [OP.globalGet, ...this.#fuel];
    const set = [OP.globalSet, ...this.#fuel];
    const spend = [...ofI32, minus, ...set, ...get, ...this.#ifNegative([OP.unreachable])];
    const argument = [OP.localGet, 0];
    return [
      body([OP.unreachable]),
      // A unit for each 64 bytes or elements.
      body(get, argument, [OP.i32Const, 6, OP.i32ShrU], spend),
      // The same for pages; nothing for more than there can be, since that fails.
      body(
        [...argument, OP.i32Const, ...signed(65_536), OP.i32GtU, OP.if, NOTHING, OP.return, OP.end],
        [...get, ...argument, OP.i32Const, 10, OP.i32Shl],
        spend,
      ),
      body(argument, ofF64, set),
      body(get, [toF64]),
    ];
  }
}

/** A function without locals. */
function body(...code: readonly (readonly number[])[]): number[] {
  const all = [0, ...code.flat(), OP.end];
  return [...u32(all.length), ...all];
}
