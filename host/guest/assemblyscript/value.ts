/** Values in AssemblyScript's runtime: numbers as they are, everything else as an object at a pointer. */
import type { ASUtil } from "@assemblyscript/loader";
import { wellFormed } from "#text";
import type { Core } from "../../../abi/canonical/codec.ts";
import { checkRange, type Guest, misfit, spend, unsigned, within } from "../../../abi/canonical/memory.ts";
import { bulk } from "../../../abi/canonical/numbers.ts";
import { scalarCodec, wanted } from "../../../abi/canonical/scalar.ts";
import { AbiError } from "../../../abi/error.ts";
import { LIMITS } from "../../../abi/limits.ts";
import type { ListType, Primitive, ValueType } from "../../../abi/type.ts";
import { RTTI } from "./runtime.ts";

/** The objects of an instance. The loader's functions check nothing, so every pointer is checked first. */
export interface Heap {
  readonly guest: Guest;
  readonly util: ASUtil | undefined;
  /** The number that an exported global holds. */
  readonly global: (name: string) => number;
}

export interface ValueCodec {
  /** Writes a value into the guest. New objects are pinned, and their pointers are added to `pins`. */
  lower(value: unknown, pins: number[]): Core;
  lift(core: unknown): unknown;
}

type Scalar = Exclude<Primitive, "char" | "string">;
interface Element {
  /** The type in AssemblyScript's spelling. */
  readonly name: string;
  /** The typed array with such elements. */
  readonly typed?: string;
  /** Bytes of one element. */
  readonly size: number;
  /** The flags of an array of such elements: among others, log2 of the size from bit 6 on. */
  readonly flags: number;
}

const SIGNED = 1 << 11;
const FLOAT = 1 << 12;
const MANAGED = 1 << 14;
const VALUE = (0x1f << 6) | SIGNED | FLOAT | MANAGED;
const VIEW = 1;
const ARRAY = 2;
const STATIC_ARRAY = 4;
const SORT = VIEW | ARRAY | STATIC_ARRAY;

const ELEMENTS: Readonly<Partial<Record<string, Element>>> = {
  bool: { name: "bool", size: 1, flags: 1 << 6 },
  s8: { name: "i8", typed: "Int8Array", size: 1, flags: (1 << 6) | SIGNED },
  u8: { name: "u8", typed: "Uint8Array", size: 1, flags: 1 << 6 },
  s16: { name: "i16", typed: "Int16Array", size: 2, flags: (1 << 7) | SIGNED },
  u16: { name: "u16", typed: "Uint16Array", size: 2, flags: 1 << 7 },
  s32: { name: "i32", typed: "Int32Array", size: 4, flags: (1 << 8) | SIGNED },
  u32: { name: "u32", typed: "Uint32Array", size: 4, flags: 1 << 8 },
  s64: { name: "i64", typed: "Int64Array", size: 8, flags: (1 << 9) | SIGNED },
  u64: { name: "u64", typed: "Uint64Array", size: 8, flags: 1 << 9 },
  f32: { name: "f32", typed: "Float32Array", size: 4, flags: (1 << 8) | SIGNED | FLOAT },
  f64: { name: "f64", typed: "Float64Array", size: 8, flags: (1 << 9) | SIGNED | FLOAT },
  string: { name: "string", size: 4, flags: (1 << 8) | MANAGED },
};

/** An array class of AssemblyScript. */
export interface ArrayClass {
  /** `Array<string>`, `Uint8Array`. */
  readonly name: string;
  /** The export that holds the id of the class, by the loader's convention. */
  readonly id: string;
  readonly typed: string | undefined;
  readonly of: Element;
}

/** The class that a list crosses as; `undefined` when it cannot cross. */
export function arrayClass({ list, length, as }: ListType): ArrayClass | undefined {
  const of = typeof list === "string" ? ELEMENTS[list] : undefined;
  if (!of || length !== undefined || as === "set") return undefined;
  if (of.typed && as === undefined) return { name: of.typed, id: `${of.typed}_ID`, typed: of.typed, of };
  const id = `Array${of.name.charAt(0).toUpperCase()}${of.name.slice(1)}_ID`;
  return { name: `Array<${of.name}>`, id, typed: undefined, of };
}

/** Whether values of a type can cross. */
export function crosses(type: ValueType): boolean {
  if (typeof type === "string") return type !== "char";
  return "list" in type && arrayClass(type) !== undefined;
}

/** @param type a type that `crosses` */
export function valueCodec(type: ValueType, place: string, heap: Heap): ValueCodec {
  if (type === "string") return stringCodec(place, heap);
  if (typeof type !== "string") return listCodec(type as ListType, place, heap);
  const { one } = scalarCodec(type as Scalar, place);
  return {
    lower: (value) => one!.lower(heap.guest, value),
    lift: (core) => one!.lift(heap.guest, core),
  };
}

/**
 * A header of 20 bytes lies before every object; its last 8 bytes are the id of its class and its size:
 *
 *     pointer - 20                        pointer - 8   pointer - 4   pointer
 *     | of the allocator and collector    | u32 id      | u32 size    | ...
 */
const HEADER = 20;
const STRING_ID = 2;
/** The id of an `ArrayBuffer` in today's runtime. */
const OLD_STRING_ID = 1;

function header(heap: Heap, core: unknown, want: string, place: string) {
  const pointer = unsigned(core, place);
  if (pointer === 0) misfit("guest", place, `wanted ${want}, found null`);
  if (pointer < HEADER) misfit("guest", place, `${want} at ${pointer} has no room for its header`);
  const { guest } = heap;
  checkRange(guest, pointer, 0, 4, want, place);
  const { data } = guest.memory;
  const id = data.getUint32(pointer - 8, true);
  const size = data.getUint32(pointer - 4, true);
  checkRange(guest, pointer, size, 4, want, place);
  return { pointer, id, size, data };
}

/**
 * Makes an object and pins it, so that it is not collected while others are made, or while the guest uses it.
 */
function pinned(heap: Heap, made: number, bytes: number, place: string, pins: number[]): number {
  const pointer = unsigned(made, place);
  checkRange(heap.guest, pointer, bytes, 4, "__new's answer", place);
  objects(heap).__pin(pointer);
  pins.push(pointer);
  return pointer;
}

/** The functions that make and copy objects, whose exports were checked when the contract was fitted. */
function objects({ util }: Heap): ASUtil {
  if (util) return util;
  throw new AbiError("guest", "it has no runtime of AssemblyScript, which makes objects");
}

function checkSize(bytes: number, place: string): number {
  if (bytes <= LIMITS.bytes) return bytes;
  return misfit("argument", place, `takes ${bytes} bytes; at most ${LIMITS.bytes} are allowed`);
}

function stringCodec(place: string, heap: Heap): ValueCodec {
  const { guest } = heap;
  return {
    lower(value, pins) {
      if (typeof value !== "string") return wanted(place, "a string", value);
      const bytes = checkSize(2 * value.length, place);
      return pinned(heap, objects(heap).__newString(wellFormed(value)), bytes, place, pins);
    },
    lift(core) {
      const { pointer, id, size } = header(heap, core, "a string", place);
      if (id !== STRING_ID) {
        const old = id === OLD_STRING_ID ? ", which strings were before AssemblyScript 0.24" : "";
        misfit("guest", place, `wanted a string, found an object of class ${id}${old}`);
      }
      spend(guest, size, place);
      return guest.memory.text.readUtf16(pointer, size >>> 1);
    },
  };
}

function listCodec(type: ListType, place: string, heap: Heap): ValueCodec {
  const { guest } = heap;
  const util = objects(heap);
  const { name, id, typed, of } = arrayClass(type) as ArrayClass;
  const element = valueCodec(type.list, "", heap);
  const Whole =
    typed === undefined
      ? undefined
      : ((bulk(type.list)!.from([]) as object).constructor as new () => unknown);
  const want = `${/^[AI]/.test(name) ? "an" : "a"} ${name}`;
  const copy = util[`__get${typed ?? "Array"}` as "__getArray"];
  return {
    lower(value, pins) {
      if (!isArrayLike(value)) return wanted(place, "an array", value);
      const bytes = checkSize(value.length * of.size, place);
      // A typed array of exactly this class: its values fit, and are copied as a whole.
      const whole = Whole !== undefined && value instanceof Whole;
      const values = whole ? value : each(value, (item) => element.lower(item, pins), place);
      return pinned(heap, util.__newArray(heap.global(id), values as number[]), bytes, place, pins);
    },
    lift(core) {
      const { pointer, id, size, data } = header(heap, core, want, place);
      const sort = sortOf(heap, id, of);
      if (typed === undefined ? sort !== ARRAY && sort !== STATIC_ARRAY : sort !== VIEW) {
        misfit("guest", place, `wanted ${want}, found an object of class ${id}`);
      }
      const least = sort === VIEW ? 12 : sort === ARRAY ? 16 : 0;
      if (size < least) misfit("guest", place, `${want} at ${pointer} has ${size} bytes, wanted ${least}`);
      const start = sort === STATIC_ARRAY ? pointer : data.getUint32(pointer + 4, true);
      const bytes = sort === VIEW ? data.getUint32(pointer + 8, true) : size;
      const length = sort === ARRAY ? data.getUint32(pointer + 12, true) : Math.floor(bytes / of.size);
      checkRange(guest, start, length * of.size, of.size, `the values of ${want}`, place);
      spend(guest, length * (typed === undefined ? WEIGHT : of.size), place);
      const values = copy(pointer);
      return typed === undefined ? each(values, element.lift, place) : values;
    },
  };
}

/** Estimated bytes of an array's item in the host. */
const WEIGHT = 32;

/**
 * The sort of array that a class is; `undefined` when its elements are of another type, or when there is no
 * such class.
 */
function sortOf(heap: Heap, id: number, of: Element): number | undefined {
  const base = heap.global(RTTI) >>> 0;
  const { data, size } = heap.guest.memory;
  const at = base + 4 + 4 * id;
  if (at + 4 > size || base % 4 !== 0 || id >= data.getUint32(base, true)) return undefined;
  const info = data.getUint32(at, true);
  return (info & VALUE) === of.flags ? info & SORT : undefined;
}

function each(values: ArrayLike<unknown>, cross: (value: unknown) => unknown, place: string): unknown[] {
  const crossed: unknown[] = [];
  let i = 0;
  try {
    for (; i < values.length; i++) crossed.push(cross(values[i]));
  } catch (error) {
    throw within(place, i, error);
  }
  return crossed;
}

function isArrayLike(value: unknown): value is ArrayLike<unknown> & object {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/**
 * Checks that the class that a module exports for a list is the one that the list needs.
 *
 * @returns what is wrong with it
 */
export function misnamed(type: ValueType, heap: Heap): string | undefined {
  const own = typeof type === "object" && "list" in type ? arrayClass(type) : undefined;
  if (!own) return undefined;
  const sort = sortOf(heap, heap.global(own.id), own.of);
  if (sort === (own.typed === undefined ? ARRAY : VIEW)) return undefined;
  return `its export ${own.id} is not idof<${own.name}>()`;
}
