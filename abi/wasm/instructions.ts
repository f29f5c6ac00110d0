/**
 * Instructions, as far as one has to know them to find the next one: the operands of all that engines run
 * today. An instruction that is not here is refused, and never guessed at.
 */
import { Malformed } from "./malformed.ts";
import { CALL, FIRST_PREFIX, type Flow, ONES, OPERANDS, PREFIXED, RETURN_CALL } from "./opcodes.ts";

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
    const operands = table.operands[index] ?? OPERANDS.unknown;
    if (operands > OPERANDS.one) this.#operands(operands);
    else if (operands === OPERANDS.one) this.#skip();
    else if (operands === OPERANDS.unknown) this.#refuse(from, code, index);
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
      case OPERANDS.two:
        this.#skip();
        this.#skip();
        return;
      case OPERANDS.blockType:
        this.#type();
        return;
      case OPERANDS.memory:
        this.#memory();
        return;
      case OPERANDS.memoryAndLane:
        this.#memory();
        this.at++;
        return;
      case OPERANDS.byte:
        this.at++;
        return;
      case OPERANDS.four:
        this.at += 4;
        return;
      case OPERANDS.eight:
        this.at += 8;
        return;
      case OPERANDS.sixteen:
        this.at += 16;
        return;
      case OPERANDS.labels:
        for (let left = this.#count() + 1; left > 0; left--) this.#skip();
        return;
      case OPERANDS.types:
        for (let left = this.#count(); left > 0; left--) this.#type();
        return;
      case OPERANDS.handlers:
        this.#type();
        for (let left = this.#count(); left > 0; left--) this.#handler();
        return;
      case OPERANDS.cast:
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
