/** Scalars of protobuf as values that a plugin's functions take and answer. */
import type protobuf from "protobufjs/minimal.js";
import { AbiError, isKind, label, type Primitive, type ValueType } from "../../abi/tools.ts";
import { type Reading, WIRE, type Wire } from "./reading.ts";

type Writer = protobuf.Writer;

/** One value of a type, without the number of its field. */
export interface OneCodec {
  readonly wire: Wire;
  write(to: Writer, value: unknown): void;
  read(from: Reading): unknown;
  /** What a field has that was not sent; missing where there is no such value. */
  readonly absent?: () => unknown;
  /** The value of a message without fields. @throws AbiError `argument` where some are needed */
  readonly empty?: () => unknown;
  /** Whether it is what a reader takes for a field that was not sent. */
  isAbsent(value: unknown): boolean;
}

const LOW = 0xffff_ffffn;

/** Half by half, as protobufjs has them: no `Long` is made. */
function halves(value: bigint): { low: number; high: number; unsigned: boolean } {
  return { low: Number(value & LOW) | 0, high: Number((value >> 32n) & LOW) | 0, unsigned: false };
}

function joined(value: number | { readonly low: number; readonly high: number }): bigint {
  // Without the package `long`, protobufjs has numbers, which would be rounded.
  if (typeof value === "number")
    throw new TypeError("protobufjs reads 64 bits as a number: the package long is missing");
  return (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0);
}

type Number32 = "s8" | "s16" | "s32" | "u8" | "u16" | "u32";

const INTEGER: Omit<OneCodec, "read" | "write"> = {
  wire: WIRE.varint,
  absent: () => 0,
  isAbsent: (value) => value === 0,
};
const SIGNED: OneCodec = {
  ...INTEGER,
  write: (to, value) => to.int32(value as number),
  read: ({ wire }) => wire.int32(),
};
const UNSIGNED: OneCodec = {
  ...INTEGER,
  write: (to, value) => to.uint32(value as number),
  read: ({ wire }) => wire.uint32(),
};
const LONG = { wire: WIRE.varint, absent: () => 0n, isAbsent: (value: unknown) => value === 0n } as const;
const FLOAT = { absent: () => 0, isAbsent: (value: unknown) => Object.is(value, 0) } as const;

const INTEGERS: Readonly<Record<Number32, OneCodec>> = {
  s8: SIGNED,
  s16: SIGNED,
  s32: SIGNED,
  u8: UNSIGNED,
  u16: UNSIGNED,
  u32: UNSIGNED,
};

/** @param place the beginning of messages. Whether a number is in its type's range is seen when it is called. */
export function scalarCodec(type: Primitive, place: string): OneCodec {
  switch (type) {
    case "bool":
      return {
        wire: WIRE.varint,
        write: (to, value) => to.bool(value as boolean),
        read: ({ wire }) => wire.bool(),
        absent: () => false,
        isAbsent: (value) => value === false,
      };
    case "s64":
      return {
        ...LONG,
        write: (to, value) => to.int64(halves(value as bigint) as never),
        read: ({ wire }) => BigInt.asIntN(64, joined(wire.int64())),
      };
    case "u64":
      return {
        ...LONG,
        write: (to, value) => to.uint64(halves(value as bigint) as never),
        read: ({ wire }) => joined(wire.uint64()),
      };
    case "f32":
      return {
        ...FLOAT,
        wire: WIRE.four,
        write: (to, value) => to.float(value as number),
        read: ({ wire }) => wire.float(),
      };
    case "f64":
      return {
        ...FLOAT,
        wire: WIRE.eight,
        write: (to, value) => to.double(value as number),
        read: ({ wire }) => wire.double(),
      };
    case "char":
      // No character is what stands for none.
      return { ...text(place), absent: () => missing(place) };
    case "string":
      return text(place);
    default:
      return INTEGERS[type];
  }
}

function text(place: string): OneCodec {
  return {
    wire: WIRE.bytes,
    write: (to, value) => to.string(value as string),
    read: (from) => from.text(place),
    absent: () => "",
    isAbsent: (value) => value === "",
  };
}

/** Bytes, whatever a list of them is in JavaScript. */
export function bytesCodec(place: string): OneCodec {
  return {
    wire: WIRE.bytes,
    write: (to, value) =>
      to.bytes(value instanceof Uint8Array ? value : Uint8Array.from(value as Iterable<number>)),
    read: (from) => from.bytes(place),
    absent: () => new Uint8Array(0),
    isAbsent: (value) => sizeOf(value) === 0,
  };
}

function sizeOf(value: unknown): number {
  return value instanceof Set ? value.size : (value as ArrayLike<unknown>).length;
}

/** Values count from 1: what was not sent is no value of it. */
export function enumCodec(cases: readonly string[], place: string): OneCodec {
  const names = cases.map(label);
  const numbers = new Map(names.map((name, i) => [name, i + 1]));
  const wanted = `one of ${names.length} values, by their numbers from 1`;
  return {
    wire: WIRE.varint,
    write: (to, value) => to.int32(numbers.get(value as string)!),
    read: ({ wire }) => {
      const found = wire.int32();
      const name = names[found - 1];
      if (name === undefined) throw new AbiError("argument", `${place}: wanted ${wanted}, found ${found}`);
      return name;
    },
    absent: () => missing(place),
    isAbsent: () => false,
  };
}

export function missing(place: string): never {
  throw new AbiError("argument", `${place}: it is missing`);
}

/** Whether values of a type lie in one part, one after the other. */
export function isPacked(type: ValueType): boolean {
  return isKind("enum", type) || (typeof type === "string" && type !== "string" && type !== "char");
}
