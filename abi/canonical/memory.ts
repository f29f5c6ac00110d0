/** A guest's memory as the codecs see it: views that survive growth, and every pointer checked before use. */
import { text } from "#text";
import { AbiError, type AbiFault } from "../error.ts";
import { LIMITS } from "../limits.ts";
import { REALLOC } from "../v1.ts";
import type { Text } from "./text.ts";

/** The parts of an instance that lifting and lowering need. */
export interface Guest {
  readonly memory: Views;
  /** The export `cabi_realloc`; for a guest without one, a function that throws. */
  readonly realloc: (old: number, oldSize: number, align: number, size: number) => number;
  /** `utf16+latin1` is that of value bytes: UTF-16, and with bit 31 of the length set, Latin-1. */
  readonly strings: "utf8" | "utf16" | "latin1+utf16" | "utf16+latin1";
  /** Checked before and after each call of the guest. @default a door that is never shut */
  readonly door?: Door;
}

/** Whether a guest may be called: shut for good by any error of an import, and by a trap. */
export interface Door {
  readonly shut: boolean;
  /** The error that shut it. */
  readonly fault: unknown;
}

/**
 * Cached views of a `WebAssembly.Memory`, renewed when growth has detached them. Reading a view's length
 * costs 1 ns, reading the memory's buffer 15, a new view 30.
 */
export class Views {
  readonly #memory: { readonly buffer: ArrayBufferLike };
  #bytes: Uint8Array<ArrayBuffer>;
  #data: DataView;
  /** Made when it is first used: many guests have no text. */
  #text: Text | undefined;

  /** A second result of every function that stores a string or a list: its number of units. */
  units = 0;
  /** What lifting may still spend in this call, in estimated bytes of host memory. */
  budget = 0;
  /** What it may spend in a call. */
  readonly most: number;
  /** The guest's ABI function that runs now; calls of imports from within it are refused. */
  inside: string | undefined = undefined;

  /**
   * @param memory a `WebAssembly.Memory`, or an object with such a buffer, which is detached when it is
   * replaced
   * @param most estimated bytes of host memory that the values of one call may take
   */
  constructor(memory: { readonly buffer: ArrayBufferLike }, most: number = LIMITS.lifted) {
    this.#memory = memory;
    this.most = most;
    const buffer = this.#buffer();
    this.#bytes = new Uint8Array(buffer);
    this.#data = new DataView(buffer);
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    if (this.#bytes.length === 0) this.#renew();
    return this.#bytes;
  }

  get data(): DataView {
    if (this.#bytes.length === 0) this.#renew();
    return this.#data;
  }

  get text(): Text {
    if (this.#bytes.length === 0) this.#renew();
    this.#text ??= text(this.#buffer(), this.#memory);
    return this.#text;
  }

  /** The current size of the memory, in bytes. */
  get size(): number {
    return this.bytes.length;
  }

  #renew(): void {
    const buffer = this.#buffer();
    this.#bytes = new Uint8Array(buffer);
    this.#data = new DataView(buffer);
    this.#text = this.#text?.renewed(buffer);
  }

  #buffer(): ArrayBuffer {
    const buffer: ArrayBufferLike = this.#memory.buffer;
    if (buffer instanceof ArrayBuffer) return buffer;
    throw new AbiError(
      "guest",
      "the memory is shared between threads; the Canonical ABI wants one of its own",
    );
  }
}

/** Throws an error that begins with the place. */
export function misfit(fault: AbiFault, place: string, problem: string): never {
  throw new AbiError(fault, `${place}: ${problem}`, { place });
}

/**
 * Puts a list's place and an index before the message of an error from inside the list. Other errors are
 * returned unchanged.
 */
export function within(place: string, index: number, error: unknown): unknown {
  if (!(error instanceof AbiError) || error.place === undefined) return error;
  const inner = `${place}[${index}]${error.place}`;
  return new AbiError(error.fault, `${inner}${error.message.slice(error.place.length)}`, { place: inner });
}

/**
 * Checks that a core value is an `i32`, and returns it as a number from 0 to 2^32 - 1. A guest's function may
 * have another type.
 */
export function unsigned(value: unknown, place: string): number {
  if (typeof value === "number") return value >>> 0;
  return misfit("guest", place, `wanted an i32, found ${describe(value)}`);
}

/** Checks that `bytes` bytes at a guest's pointer are aligned and lie in its memory. */
export function checkRange(
  guest: Guest,
  pointer: number,
  bytes: number,
  align: number,
  what: string,
  place: string,
): void {
  if (bytes <= LIMITS.bytes && pointer % align === 0 && pointer + bytes <= guest.memory.size) return;
  const at = `${what} at ${pointer} with ${bytes} bytes`;
  if (bytes > LIMITS.bytes) misfit("guest", place, `${at} is too large; at most ${LIMITS.bytes} are allowed`);
  if (pointer % align !== 0) misfit("guest", place, `${at} is not aligned to ${align} bytes`);
  misfit("guest", place, `${at} lies outside the memory of ${guest.memory.size} bytes`);
}

/** Allocates memory in the guest, whose memory may grow. */
export function allocate(guest: Guest, align: number, bytes: number, place: string): number {
  const views = guest.memory;
  if (bytes > LIMITS.bytes) {
    misfit("argument", place, `takes ${bytes} bytes; at most ${LIMITS.bytes} are allowed`);
  }
  views.inside = REALLOC;
  const pointer = unsigned(guest.realloc(0, 0, align, bytes), place);
  views.inside = undefined;
  if (pointer % align !== 0 || pointer + bytes > views.size) {
    checkRange(guest, pointer, bytes, align, `${REALLOC}'s answer`, place);
  }
  return pointer;
}

/**
 * Takes from the call's budget: values that share memory in the guest are copied in the host, and could grow
 * without limit.
 */
export function spend(guest: Guest, bytes: number, place: string): void {
  const { memory } = guest;
  memory.budget -= bytes;
  if (memory.budget >= 0) return;
  const found = `the value would take ${memory.most - memory.budget} bytes or more of the host's memory`;
  misfit("guest", place, `${found}; at most ${memory.most} are allowed (maxValueBytes)`);
}

/** A short description of a value, for messages. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value)}`;
    case "number":
    case "boolean":
      return `${typeof value} ${value}`;
    case "bigint":
      return `bigint ${value}`;
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value)) return `an array of ${value.length}`;
      return describeObject(value);
    default:
      return typeof value === "undefined" ? "undefined" : `a ${typeof value}`;
  }
}

/** The class is read carefully: the value is the caller's, and may be anything. */
function describeObject(value: object): string {
  try {
    const name: unknown = value.constructor?.name;
    return name === "Object" || typeof name !== "string" ? "an object" : `an object (${name})`;
  } catch {
    return "an object";
  }
}
