/** The code of a metered module: its functions, each of which pays for what it does. */
import type { Body, WasmBinary } from "./binary.ts";
import { type Pieces, u32 } from "./bytes-out.ts";
import { coreValueType } from "./core-type.ts";
import { Cursor } from "./cursor.ts";
import type { FuelCode } from "./fuel-code.ts";
import { Instructions } from "./instructions.ts";
import { Malformed } from "./malformed.ts";
import { FLOW } from "./opcodes.ts";
import { ID } from "./sections.ts";

/**
 * A function that calls nothing but imports, has no loop and no more instructions than this pays nothing
 * itself: whoever calls it pays for it.
 */
const SMALL = 24;
/** Units of a call of the module's own functions. */
const CALL = 1 + SMALL;

/** Bytes that come into the code. */
interface Edit {
  /** The position in the original. */
  readonly at: number;
  readonly bytes: readonly number[];
  /** Bytes of the original that they replace. @default 0 */
  readonly instead?: number;
}

export class MeteredCode {
  readonly #binary: WasmBinary;
  readonly #fuel: FuelCode;
  /** The number of functions that are imported, which are the first ones. */
  readonly #imported: number;
  /** Of each edit: where it ends in the result, and in the original. */
  readonly #ends: { readonly here: number; readonly there: number }[] = [];

  constructor(binary: WasmBinary, fuel: FuelCode) {
    this.#binary = binary;
    this.#fuel = fuel;
    this.#imported = binary.imported("function");
  }

  /** @returns where the instruction at an offset of the result was in the original */
  originally(offset: number): number {
    let [low, high] = [-1, this.#ends.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#ends[middle]!.here <= offset) low = middle;
      else high = middle - 1;
    }
    const before = this.#ends[low];
    if (!before) return offset;
    // What was put in stands for the instruction behind it.
    const next = this.#ends[low + 1]?.there ?? Number.POSITIVE_INFINITY;
    return Math.min(before.there + offset - before.here, next);
  }

  /**
   * Writes the section.
   *
   * @param own the contents of the module's own one
   * @param more functions that are added, with their sizes
   */
  write(
    out: Pieces,
    { at, end }: { readonly at: number; readonly end: number },
    more: readonly (readonly number[])[],
  ): void {
    const { bytes, bodies } = this.#binary;
    const count = new Cursor(bytes, at, end);
    const own = count.u32();
    const edits: Edit[] = [{ at, bytes: u32(own + more.length), instead: count.at - at }];
    let from = count.at;
    for (const body of bodies) {
      edits.push(...this.#paying(body, from));
      from = body.at + body.size;
    }
    const size = end - at + growth(edits) + more.reduce((sum, body) => sum + body.length, 0);
    out.add([ID.code, ...u32(size)]);
    let done = at;
    for (const { at, bytes: put, instead = 0 } of edits) {
      out.add(bytes.subarray(done, at));
      out.add(put);
      done = at + instead;
      this.#ends.push({ here: out.size, there: done });
    }
    out.add(bytes.subarray(done, end));
    for (const body of more) out.add(body);
  }

  /** What makes one function pay. @param from where its size is written */
  #paying({ index, at, size }: Body, from: number): Edit[] {
    const { bytes } = this.#binary;
    const cursor = new Cursor(bytes, at, at + size);
    const groups = cursor.u32();
    const first = cursor.at;
    let locals = this.#binary.functionType(index)?.params.length ?? 0;
    for (let left = groups; left > 0; left--) {
      locals += cursor.u32();
      coreValueType(cursor);
    }
    const { units, loops, runs, calls } = scan(new Instructions(bytes, cursor.at, at + size), this.#imported);
    if (units <= SMALL && loops.length === 0 && runs.length === 0 && !calls) return [];
    const fuel = this.#fuel;
    const spare = fuel.spare(locals, runs.length > 0);
    const places: Edit[] = [
      ...loops.map((loop) => ({ at: loop.at, bytes: fuel.payRound(loop.units, spare) })),
      ...runs.map(({ at, pages }) => ({ at, bytes: fuel.payLength(pages, spare) })),
    ];
    const edits: Edit[] = [
      { at, bytes: u32(groups + spare.groups), instead: first - at },
      { at: cursor.at, bytes: [...spare.declared, ...fuel.payEntry(units, spare)] },
      ...places.sort((a, b) => a.at - b.at),
    ];
    return [{ at: from, bytes: u32(size + growth(edits)), instead: at - from }, ...edits];
  }
}

function growth(edits: readonly Edit[]): number {
  return edits.reduce((sum, { bytes, instead = 0 }) => sum + bytes.length - instead, 0);
}

/** What there is to pay for in a function. */
interface Scanned {
  /** Units of all that is in no loop. */
  readonly units: number;
  /** Where the code of a loop begins, and the units of a round. */
  readonly loops: readonly { readonly at: number; readonly units: number }[];
  /** Where an instruction begins whose length is on the stack, and whether that is in pages. */
  readonly runs: readonly { readonly at: number; readonly pages: boolean }[];
  /** Whether it calls functions of the module's own. */
  readonly calls: boolean;
}

/** @throws Malformed as `Instructions` does */
function scan(code: Instructions, imported: number): Scanned {
  const whole = { at: code.at, units: 0 };
  const loops: { at: number; units: number }[] = [];
  const runs: { at: number; pages: boolean }[] = [];
  /** For each block that is open, the loop or the function that it belongs to. */
  const open = [whole];
  let inside = whole;
  let calls = false;
  while (!code.done) {
    const { at } = code;
    const flow = code.next();
    inside.units++;
    switch (flow) {
      case FLOW.plain:
        continue;
      case FLOW.block:
        open.push(inside);
        continue;
      case FLOW.loop:
        inside = { at: code.at, units: 1 };
        loops.push(inside);
        open.push(inside);
        continue;
      case FLOW.call:
        if (code.callee(at) < imported) continue;
        inside.units += CALL - 1;
        calls = true;
        continue;
      case FLOW.bulk:
      case FLOW.grow:
        runs.push({ at, pages: flow === FLOW.grow });
        continue;
      case FLOW.end:
      case FLOW.delegate:
        open.pop();
        if (open.length === 0 && !code.done)
          throw new Malformed(`at byte ${at}: found code behind the end of a function`);
        inside = open.at(-1) ?? whole;
    }
  }
  if (open.length > 0) throw new Malformed(`at byte ${code.at}: found a function without an end`);
  return { units: whole.units, loops, runs, calls };
}
