/**
 * Values as bytes, outside of any guest: one form for arguments, host answers, logs and wires, described in
 * `abi/README.md`.
 */
import { AbiError } from "../error.ts";
import { type FunctionType, isKind, match, type ValueType } from "../type.ts";
import { codec } from "./compose.ts";
import { blamed } from "./exported.ts";
import { layout, type Struct, struct } from "./layout.ts";
import { checkRange, type Guest, Views } from "./memory.ts";
import { parameters, wrongCount } from "./signature.ts";
import { load, type Slot, slot, store } from "./slot.ts";

/** The address of a value's first byte for the pointers inside it; 0 is no pointer. */
const BASE = 16;
/** The largest address: pointers have 32 bits, and some engines allocate no more at a time. */
const MOST = 2 ** 31 - 1;
/** Bytes of a scratch that are kept from one value to the next. */
const KEPT = 2 ** 20;

/** How values of one type become bytes. Composed once, for repeated use. */
export interface ValueShape {
  readonly size: number;
  readonly align: number;
  /** Whether some bytes may belong to no part of the value; those are zero. */
  readonly padded: boolean;
  /** @throws AbiError `argument` when the value is not of the type */
  store(guest: Guest, value: unknown, at: number): void;
  /** @throws AbiError `guest` when the bytes are not a value of the type */
  load(guest: Guest, at: number): unknown;
}

/**
 * @param place the beginning of messages: `result of now`
 * @throws AbiError `manifest` for a type that the Component Model does not allow
 */
export function valueShape(type: ValueType, place: string): ValueShape {
  const { layout, load, store } = codec(type, place);
  return { size: layout.size, align: layout.align, padded: isPadded(type), load, store };
}

/** The arguments of a call, as one tuple. */
export interface ArgumentsShape extends ValueShape {
  /** For each parameter its layout, and its offset from the beginning of the tuple. */
  readonly slots: readonly Slot[];
  readonly offsets: readonly number[];
  /** Whether all are strings, numbers and the like, which cannot be changed. */
  readonly plain: boolean;
  /** Whether they take at most 64 bytes, without pointers and without padding. */
  readonly flat: boolean;
  /** Whether there is exactly one, a string. */
  readonly text: boolean;
}

/**
 * Arguments that do not fit are refused with the message of the call itself.
 *
 * @param of the text after a parameter's name in messages: ` of log`
 */
export function argumentsShape(type: FunctionType, of = ""): ArgumentsShape {
  const { codecs } = parameters(type, of);
  const { length } = codecs;
  const types = type.params.map((each) => each.type);
  const { size, align, offsets } = length === 0 ? NOTHING : struct(codecs.map((each) => each.layout));
  const slots = codecs.map((each, i) => slot(types[i]!, each, `parameter ${type.params[i]!.name}${of}`));
  const padded = length > 0 && isPadded({ tuple: types });
  const plain = types.every((each) => isKind("primitive", each));
  return {
    size,
    align,
    offsets,
    slots,
    padded,
    plain,
    flat: plain && !padded && size <= 64 && !types.includes("string"),
    text: length === 1 && types[0] === "string",
    store(guest, value, at) {
      const args = value as readonly unknown[];
      if (args.length !== length) wrongCount(length, args.length);
      for (let i = 0; i < length; i++) store(slots[i]!, guest, args[i], at + offsets[i]!);
    },
    load: (guest, at) => slots.map((each, i) => load(each, guest, at + offsets[i]!)),
  };
}

const NOTHING: Pick<Struct, "size" | "align" | "offsets"> = { size: 0, align: 1, offsets: [] };

/**
 * Whether some bytes of a value may belong to none of its parts, and so are not overwritten by writing the
 * parts.
 */
function isPadded(type: ValueType): boolean {
  const parts = (types: readonly ValueType[]) => {
    const { size } = struct(types.map((each) => layout(each)));
    return types.some(isPadded) || types.reduce((sum, each) => sum + layout(each).size, 0) < size;
  };
  return match<boolean>(type, {
    primitive: () => false,
    list: ({ list }) => isPadded(list),
    record: ({ record }) => parts(record.map((field) => field.type)),
    tuple: ({ tuple }) => parts(tuple),
    option: () => true,
    result: () => true,
    enum: () => false,
    flags: () => false,
    variant: () => true,
    map: ({ map }) => parts(map),
  });
}

/**
 * A memory that values are written to as to a guest's, one at a time. Its content is valid until the next
 * value is written. `words` and `bytes` are the same memory, in which the value begins at `Scratch.BASE`.
 */
export class Scratch {
  static readonly BASE = BASE;
  /** Bytes of the current value. */
  size = 0;
  bytes: Uint8Array<ArrayBuffer>;
  words: Int32Array<ArrayBuffer>;
  #top = BASE;
  #clean = false;
  readonly #guest: Guest;
  /** The same with all texts in UTF-16. */
  readonly #wide: Guest;

  constructor() {
    this.bytes = new Uint8Array(1024);
    this.words = new Int32Array(this.bytes.buffer);
    const buffer = () => this.bytes.buffer;
    const views = new Views({
      get buffer() {
        return buffer();
      },
    });
    const realloc = (_old: number, _size: number, align: number, size: number) => this.#take(align, size);
    this.#guest = { memory: views, realloc, strings: "utf16+latin1" };
    this.#wide = { ...this.#guest, strings: "utf16" };
  }

  /**
   * Writes a value, and overwrites the one before.
   *
   * @throws AbiError `argument` when the value is not of the type, or takes 2 GiB
   */
  encode(shape: ValueShape, value: unknown): void {
    this.#encode(shape, value, this.#guest);
  }

  /** The same with all texts in UTF-16, as they were before Latin-1 was marked. */
  encodeWide(shape: ValueShape, value: unknown): void {
    this.#encode(shape, value, this.#wide);
  }

  #encode(shape: ValueShape, value: unknown, guest: Guest): void {
    this.#begin(shape);
    try {
      shape.store(guest, value, BASE);
    } catch (error) {
      this.#refuse(error);
    }
    this.size = this.#top - BASE;
  }

  /** The same as `encode` for up to three arguments, without an array. */
  encodeFew(shape: ArgumentsShape, first?: unknown, second?: unknown, third?: unknown): void {
    const { slots, offsets } = shape;
    const { length } = slots;
    this.#begin(shape);
    try {
      if (length > 0) store(slots[0]!, this.#guest, first, BASE);
      if (length > 1) store(slots[1]!, this.#guest, second, BASE + offsets[1]!);
      if (length > 2) store(slots[2]!, this.#guest, third, BASE + offsets[2]!);
    } catch (error) {
      this.#refuse(error);
    }
    this.size = this.#top - BASE;
  }

  #begin({ size, padded }: ValueShape): void {
    this.#top = BASE;
    this.#clean = padded;
    this.#take(1, size);
  }

  #refuse(error: unknown): never {
    this.#guest.memory.inside = undefined;
    throw blamed(this.#guest, error);
  }

  /** The current value, as a value of its own. */
  decode(shape: ValueShape): unknown {
    this.#guest.memory.budget = this.#guest.memory.most;
    return shape.load(this.#guest, BASE);
  }

  /** The bytes of the current value, where they lie. */
  get content(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(BASE, BASE + this.size);
  }

  /** The bytes of the current value, as a copy. */
  copy(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(BASE, BASE + this.size);
  }

  /** Replaces the content by these bytes. */
  put(bytes: Uint8Array): void {
    this.#top = BASE;
    this.#clean = false;
    const at = this.#take(1, bytes.length);
    this.bytes.set(bytes, at);
    this.size = bytes.length;
  }

  /** Replaces the content by a text in UTF-16. @returns its offset in bytes */
  write(text: string): number {
    this.#top = BASE;
    this.#clean = false;
    const at = this.#take(4, 2 * text.length);
    this.#guest.memory.text.writeUtf16(text, at);
    return at;
  }

  #take(align: number, size: number): number {
    const from = this.#top;
    const at = (from + align - 1) & -align;
    const top = at + size;
    if (top > MOST)
      throw new AbiError("argument", `a value takes ${top - BASE} bytes; at most ${MOST - BASE} are allowed`);
    this.#top = top;
    if (top > this.bytes.length) this.#resize(2 ** Math.ceil(Math.log2(top)));
    if (this.#clean) this.bytes.fill(0, from, top);
    else for (let i = from; i < at; i++) this.bytes[i] = 0;
    return at;
  }

  /** Lets go of the memory of a large value, which is no longer valid then. */
  rest(): void {
    if (this.bytes.length > KEPT) this.#resize(1024);
  }

  #resize(bytes: number): void {
    const old = this.bytes;
    this.bytes = new Uint8Array(bytes);
    this.words = new Int32Array(this.bytes.buffer);
    this.bytes.set(old.subarray(0, Math.min(old.length, bytes)));
    // Detaches the buffer, so that cached views notice.
    structuredClone(old.buffer, { transfer: [old.buffer] });
  }
}

/**
 * A value as self-contained bytes.
 *
 * @returns the bytes; the first one has the address 16
 * @throws AbiError `argument` when the value is not of the type
 */
export function encodeValue(type: ValueType, value: unknown): Uint8Array<ArrayBuffer> {
  const scratch = new Scratch();
  scratch.encode(valueShape(type, "value"), value);
  return scratch.copy();
}

/**
 * Reads a value from bytes that may be hostile: every pointer in them is checked to lead into these bytes.
 *
 * @throws AbiError `guest` when they are not the bytes of such a value
 */
export function decodeValue(type: ValueType, bytes: Uint8Array): unknown {
  return decodeShape(valueShape(type, "value"), bytes, "value");
}

/**
 * `decodeValue` for a composed shape.
 *
 * @param place the beginning of messages
 * @param most bytes of memory that the value may take
 */
export function decodeShape(shape: ValueShape, bytes: Uint8Array, place: string, most?: number): unknown {
  const memory = new Uint8Array(BASE + bytes.length);
  memory.set(bytes, BASE);
  const guest: Guest = {
    memory: new Views({ buffer: memory.buffer }, most),
    realloc: unasked,
    strings: "utf16+latin1",
  };
  checkRange(guest, BASE, shape.size, 1, "a value", place);
  guest.memory.budget = guest.memory.most;
  return shape.load(guest, BASE);
}

function unasked(): never {
  throw new AbiError("guest", "what is only read takes no memory");
}
