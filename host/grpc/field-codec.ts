/** Fields of messages: a value with its number, and how it is written and read. */
import type protobuf from "protobufjs/minimal.js";
import { broken, type Reading, WIRE, type Wire } from "./reading.ts";
import { missing, type OneCodec } from "./scalar-codec.ts";

type Writer = protobuf.Writer;

/** A value in its field, with its number. */
export interface FieldCodec {
  readonly number: number;
  /** Writes nothing where there is nothing to say. */
  write(to: Writer, value: unknown): void;
  /** @param before what an earlier one brought; a peer may send a field in pieces */
  read(from: Reading, wire: number, before: unknown): unknown;
  /** The value, when all has been read. @param found `undefined` where nothing was sent */
  end(found: unknown): unknown;
}

export function writeFields(to: Writer, fields: readonly FieldCodec[], values: readonly unknown[]): void {
  for (let i = 0; i < fields.length; i++) fields[i]!.write(to, values[i]);
}

/** What each field brought, as values. */
export function readFields(
  from: Reading,
  end: number,
  fields: readonly FieldCodec[],
  place: string,
): unknown[] {
  return readFound(from, end, fields, place).map((each, i) => fields[i]!.end(each));
}

/** What was sent of each field. Others are left out: a caller may be newer. */
export function readFound(
  from: Reading,
  end: number,
  fields: readonly FieldCodec[],
  place: string,
): unknown[] {
  const { wire } = from;
  const found: unknown[] = new Array(fields.length).fill(undefined);
  let last = -1;
  from.spend(24 + 8 * fields.length);
  while (wire.pos < end) {
    const tag = wire.uint32();
    const number = tag >>> 3;
    const at = number < 20_000 ? number - 1 : number - 1_001;
    const field = fields[at];
    if (field?.number === number) {
      found[at] = field.read(from, tag & 7, found[at]);
      last = at;
    } else if (number === 0) broken(place, "a field has the number 0");
    else wire.skipType(tag & 7);
  }
  if (wire.pos > end) broken(place, "a part of it is longer than the whole");
  from.last = last;
  return found;
}

export function tagOf(number: number, wire: Wire): number {
  return ((number << 3) | wire) >>> 0;
}

export function checkWire(found: number, wanted: Wire, place: string): void {
  if (found !== wanted)
    broken(place, `it lies on the wire as ${found}, wanted ${wanted}: another type was sent`);
}

export function oneField(one: OneCodec, number: number, place: string): FieldCodec {
  const tag = tagOf(number, one.wire);
  const absent = one.absent ?? (() => missing(place));
  return {
    number,
    write: (to, value) => {
      if (!one.isAbsent(value)) one.write(to.uint32(tag), value);
    },
    read: (from, wire) => {
      checkWire(wire, one.wire, place);
      return one.read(from);
    },
    end: (found) => (found === undefined ? absent() : found),
  };
}

/** A value that was sent, even where it is what another field has that was not. */
export interface Sent {
  readonly value: unknown;
}

/** A field that says that it was sent: one that is optional, or a case. */
export function sentField(one: OneCodec, number: number, place: string): FieldCodec {
  const tag = tagOf(number, one.wire);
  return {
    number,
    write: (to, value) => one.write(to.uint32(tag), value),
    read: (from, wire): Sent => {
      checkWire(wire, one.wire, place);
      return { value: one.read(from) };
    },
    end: (found) => (found as Sent | undefined)?.value,
  };
}

/** A case that carries nothing: a message without fields, whatever a newer peer puts into it. */
export function emptyField(number: number, place: string): FieldCodec {
  const tag = tagOf(number, WIRE.bytes);
  return {
    number,
    write: (to) => void to.uint32(tag).uint32(0),
    read: (from, wire): Sent => {
      checkWire(wire, WIRE.bytes, place);
      readFound(from, from.end(place), [], place);
      return { value: undefined };
    },
    end: () => undefined,
  };
}
