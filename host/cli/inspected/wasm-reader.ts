/** A place in the bytes of a WebAssembly module, which may come from anybody: nothing is believed before it is there. */

/** What is wrong with the bytes, and where. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

/** Bytes of a name, as engines bound them. */
const LONGEST_NAME = 100_000;
/** Functions, exports and the like, as engines bound them. */
const MOST = 1_000_000;
/** Parameters or results of a function. */
const MOST_VALUES = 1_000;

const VALUES: ReadonlyMap<number, string> = new Map([
  [0x7f, "i32"],
  [0x7e, "i64"],
  [0x7d, "f32"],
  [0x7c, "f64"],
  [0x7b, "v128"],
  [0x70, "funcref"],
  [0x6f, "externref"],
]);

export interface Limits {
  readonly initial: number;
  readonly maximum?: number;
}

export class WasmReader {
  at: number;
  readonly end: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  fail(problem: string, at = this.at): never {
    throw new Malformed(`at byte ${at}: ${problem}`);
  }

  byte(): number {
    if (this.at >= this.end) this.fail("found the end, wanted a byte");
    return this.#bytes[this.at++]!;
  }

  /** LEB128 of 32 bits. */
  u32(): number {
    const from = this.at;
    let value = 0;
    for (let i = 0; i < 5; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80)
        return value < 2 ** 32 ? value : this.fail("found a number of more than 32 bits", from);
    }
    return this.fail("found a number of more than 32 bits", from);
  }

  /** LEB128 of up to 64 bits; above 2^53 it is rounded. */
  u64(): number {
    const from = this.at;
    let value = 0;
    for (let i = 0; i < 10; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    return this.fail("found a number of more than 64 bits", from);
  }

  /** How many things follow, each of `least` bytes or more: as many as the rest can hold, and no more than `most`. */
  count(what: string, least: number, most = MOST): number {
    const from = this.at;
    const count = this.u32();
    if (count > most) this.fail(`found ${count} ${what}; at most ${most} are read`, from);
    const left = this.end - this.at;
    if (count * least > left) this.fail(`found ${count} ${what}, but ${left} bytes are left`, from);
    return count;
  }

  /** The next bytes, as a reader of their own; this one goes on behind them. */
  part(size: number, what: string): WasmReader {
    const left = this.end - this.at;
    if (size > left) this.fail(`found ${what} of ${size} bytes, but ${left} are left`);
    const part = new WasmReader(this.#bytes, this.at, this.at + size);
    this.at += size;
    return part;
  }

  /** All that is left. */
  rest(): Uint8Array {
    return this.#bytes.subarray(this.at, this.end);
  }

  name(): string {
    const from = this.at;
    const size = this.u32();
    if (size > LONGEST_NAME) {
      this.fail(`found a name of ${size} bytes; at most ${LONGEST_NAME} are read`, from);
    }
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.part(size, "a name").rest());
  }

  valueType(): string {
    const byte = this.byte();
    if (byte === 0x63 || byte === 0x64) {
      // A heap type, signed, of at most 33 bits.
      const heap = this.u64();
      return `(ref ${byte === 0x63 ? "null " : ""}${heap})`;
    }
    return VALUES.get(byte) ?? `type 0x${byte.toString(16)}`;
  }

  /** Value types: those of a function's parameters or results. */
  valueTypes(): string[] {
    const types: string[] = [];
    for (let left = this.count("value types", 1, MOST_VALUES); left > 0; left--) types.push(this.valueType());
    return types;
  }

  /** Of a memory or a table. */
  limits(): Limits {
    const flags = this.byte();
    const size = () => (flags & 4 ? this.u64() : this.u32());
    const initial = size();
    const limits = flags & 1 ? { initial, maximum: size() } : { initial };
    // A page size of the module's own.
    if (flags & 8) this.u32();
    return limits;
  }
}
