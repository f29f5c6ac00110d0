/** Fields of several values: lists and maps. */
import { checkWire, type FieldCodec, oneField, readFields, tagOf, writeFields } from "./field-codec.ts";
import { broken, WIRE } from "./reading.ts";
import type { OneCodec } from "./scalar-codec.ts";

/** @param packed whether they lie in one part, one after the other */
export function repeatedField(one: OneCodec, packed: boolean, number: number, inner: string): FieldCodec {
  const tag = tagOf(number, packed ? WIRE.bytes : one.wire);
  return {
    number,
    write: (to, value) => {
      const items = value as Iterable<unknown>;
      if (!packed) {
        for (const each of items) one.write(to.uint32(tag), each);
        return;
      }
      if (isEmpty(items)) return;
      to.uint32(tag).fork();
      for (const each of items) one.write(to, each);
      to.ldelim();
    },
    read: (from, wire, before) => {
      const items = (before as unknown[] | undefined) ?? [];
      if (packed && wire === WIRE.bytes) {
        const end = from.end(inner);
        while (from.wire.pos < end) {
          from.spend(8);
          items.push(one.read(from));
        }
        if (from.wire.pos > end) broken(inner, "a part of it is longer than the whole");
        return items;
      }
      checkWire(wire, one.wire, inner);
      from.spend(8);
      items.push(one.read(from));
      return items;
    },
    end: (found) => found ?? [],
  };
}

export function isEmpty(items: Iterable<unknown>): boolean {
  return items[Symbol.iterator]().next().done === true;
}

export function mapField(key: OneCodec, value: OneCodec, number: number, inner: string): FieldCodec {
  // A library may leave out the value of an entry where it is an empty message.
  const filled = { ...(value.empty && { absent: value.empty }), ...value };
  const fields = [oneField(key, 1, inner), oneField(filled, 2, inner)];
  const tag = tagOf(number, WIRE.bytes);
  return {
    number,
    write: (to, value) => {
      for (const pair of value as ReadonlyMap<unknown, unknown>) {
        to.uint32(tag).fork();
        writeFields(to, fields, pair);
        to.ldelim();
      }
    },
    read: (from, wire, before) => {
      checkWire(wire, WIRE.bytes, inner);
      const entries = (before as Map<unknown, unknown> | undefined) ?? new Map();
      from.spend(48);
      const [name, value] = readFields(from, from.end(inner), fields, inner);
      return entries.set(name, value);
    },
    end: (found) => found ?? new Map(),
  };
}

/** A map whose keys are none of protobuf's. @param one a record of the key and the value */
export function pairsField(one: OneCodec, number: number, place: string): FieldCodec {
  const tag = tagOf(number, one.wire);
  return {
    number,
    write: (to, value) => {
      for (const [key, each] of value as ReadonlyMap<unknown, unknown>)
        one.write(to.uint32(tag), { key, value: each });
    },
    read: (from, wire, before) => {
      checkWire(wire, one.wire, place);
      const entries = (before as Map<unknown, unknown> | undefined) ?? new Map();
      from.spend(48);
      const { key, value } = one.read(from) as { readonly key: unknown; readonly value: unknown };
      return entries.set(key, value);
    },
    end: (found) => found ?? new Map(),
  };
}
