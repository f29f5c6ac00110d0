/** A guest's memory as the codecs see it: views that outlive growth, and every pointer checked before use. */
import { text } from "#text";
import { AbiError, type AbiFault } from "../error.ts";
import { LIMITS } from "../limits.ts";
import { REALLOC } from "../v1.ts";
import type { Text } from "./text.ts";

/** What lifting and lowering need of an instance. */
export interface Guest {
  readonly memory: Views;
  /** The export `cabi_realloc`; for a guest without one, a function that throws. */
  readonly realloc: (old: number, oldSize: number, align: number, size: number) => number;
  readonly strings: "utf8" | "utf16" | "latin1+utf16";
  /** Looked at before and after each call of the guest. @default one that is never shut */
  readonly door?: Door;
}

/** What tells whether a guest may be called: shut for good by whatever an import of it threw, and by a trap. */
export interface Door {
  readonly shut: boolean;
  /** What it was shut for. */
  readonly fault: unknown;
}

/**
 * Cached views of a `WebAssembly.Memory`, made anew when growth has detached them. Asking a view for its
 * length costs 1 ns, asking the memory for its buffer 15, a new view 30.
 */
export class Views {
  readonly #memory: { readonly buffer: ArrayBufferLike };
  #bytes: Uint8Array<ArrayBuffer>;
  #data: DataView;
  /** Many guests hold no text: made when it is asked for. */
  #text: Text | undefined;

  /** The second result of whatever stores a string or list: how many units it has. */
  units = 0;
  /** What lifting may still spend on one call, in estimated bytes of host memory. */
  budget = 0;
  /** The guest function of the ABI's own that runs now; calls out of it are refused. */
  inside: string | undefined = undefined;

  /** @param memory a `WebAssembly.Memory`, or what has a buffer like one: detached when it is replaced */
  constructor(memory: { readonly buffer: ArrayBufferLike }) {
    this.#memory = memory;
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

  /** Of the memory, in bytes, now. */
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

/** Throws, with the place in front of what is wrong there. */
export function misfit(fault: AbiFault, place: string, problem: string): never {
  throw new AbiError(fault, `${place}: ${problem}`, { place });
}

/** An error from inside a list, with the list's place and the index in front. Others pass as they are. */
export function within(place: string, index: number, error: unknown): unknown {
  if (!(error instanceof AbiError) || error.place === undefined) return error;
  const inner = `${place}[${index}]${error.place}`;
  return new AbiError(error.fault, `${inner}${error.message.slice(error.place.length)}`, { place: inner });
}

/**
 * A core value that must be an `i32`: a number from 0 to 2^32 - 1. Guests can have functions of other types.
 */
export function unsigned(value: unknown, place: string): number {
  if (typeof value === "number") return value >>> 0;
  return misfit("guest", place, `wanted an i32, found ${describe(value)}`);
}

/** Checks that `bytes` bytes at a pointer from the guest are aligned and lie in its memory. */
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

/** Asks the guest for memory. It may grow while doing so. */
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
 * Takes from the call's budget: what shares memory in the guest is copied in the host, and could grow without
 * bound.
 */
export function spend(guest: Guest, bytes: number, place: string): void {
  guest.memory.budget -= bytes;
  if (guest.memory.budget >= 0) return;
  misfit("guest", place, `the value would take more than ${LIMITS.lifted} bytes of the host's memory`);
}

/** A value in a few words, for messages. */
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

/** Its class is asked for with care: the value is a caller's, and may be anything. */
function describeObject(value: object): string {
  try {
    const name: unknown = value.constructor?.name;
    return name === "Object" || typeof name !== "string" ? "an object" : `an object (${name})`;
  } catch {
    return "an object";
  }
}
