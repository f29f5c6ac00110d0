/**
 * Messages of protobuf as values of a plugin: what `field-form.ts` says, made into functions once. Values are
 * written and read without objects between, so that 64 bits stay exact and what is read is bounded.
 */
import protobuf from "protobufjs/minimal.js";
import { camelCase, type Field, isKind, label, type ValueType } from "../../abi/tools.ts";
import {
  emptyField,
  type FieldCodec,
  oneField,
  readFields,
  readFound,
  sentField,
  writeFields,
} from "./field-codec.ts";
import { formOf, numberOf, oneOf, type Part } from "./field-form.ts";
import { broken, Reading, WIRE } from "./reading.ts";
import { bytesCodec, enumCodec, isPacked, missing, type OneCodec, scalarCodec } from "./scalar-codec.ts";
import { mapField, pairsField, repeatedField } from "./several-field.ts";

/** Several values as one message. */
export interface MessageCodec {
  /** @param values by the places of the parts; `undefined` for a case that is not there */
  write(values: readonly unknown[]): Uint8Array;
  /** @param most bytes of memory that they may take @throws AbiError `argument` */
  read(bytes: Uint8Array, most: number): unknown[];
}

/**
 * @param place the beginning of messages about the whole: `the arguments`
 * @param within the beginning of those about a part, before its name: `parameter `
 */
export function messageCodec(parts: readonly Part[], place: string, within: string): MessageCodec {
  const fields = fieldsOf(parts, within);
  return {
    write: (values) => {
      const to = protobuf.Writer.create();
      writeFields(to, fields, values);
      return to.finish();
    },
    read: (bytes, most) => {
      const from = new Reading(bytes, most);
      return blamed(place, () => readFields(from, bytes.length, fields, place));
    },
  };
}

function fieldsOf(parts: readonly Part[], within: string): FieldCodec[] {
  return parts.map(({ name, type }, i) => {
    const own = `${within}${camelCase(name)}`;
    return type === undefined ? emptyField(numberOf(i), own) : fieldCodec(type, numberOf(i), own);
  });
}

/** Errors of the wire itself are those of a peer. */
function blamed<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    // protobufjs throws these, and the engine does for groups in groups in groups.
    if (error instanceof RangeError || (error as Error).constructor === Error)
      return broken(place, (error as Error).message);
    throw error;
  }
}

function fieldCodec(type: ValueType, number: number, place: string): FieldCodec {
  const form = formOf(type);
  const inner = `${place}[]`;
  switch (form.label) {
    case "one":
      return oneField(oneCodec(form.of, place), number, place);
    case "optional":
      return optionalField(form.of, number, place);
    case "repeated":
      return repeatedField(oneCodec(form.of, inner), isPacked(form.of), number, inner);
    case "pairs":
      return pairsField(oneCodec(form.of, inner), number, inner);
    case "map":
      return mapField(oneCodec(form.key, inner), oneCodec(form.of, inner), number, inner);
  }
}

interface Tagged {
  readonly tag: string;
  readonly val?: unknown;
}

function optionalField(of: ValueType, number: number, place: string): FieldCodec {
  const field = sentField(oneCodec(of, place), number, place);
  if (!isKind("option", of))
    return {
      ...field,
      write: (to, value) => {
        if (value !== undefined && value !== null) field.write(to, value);
      },
    };
  // An option within an option is tagged in JavaScript, since `undefined` means the inner none.
  return {
    ...field,
    write: (to, value) => {
      const { tag, val } = value as Tagged;
      if (tag === "some") field.write(to, val);
    },
    end: (found) => (found === undefined ? { tag: "none" } : { tag: "some", val: field.end(found) }),
  };
}

function oneCodec(type: ValueType, place: string): OneCodec {
  if (typeof type === "string") return scalarCodec(type, place);
  const form = oneOf(type);
  switch (form.one) {
    case "scalar":
      return bytesCodec(place);
    case "enum":
      return enumCodec(form.cases, place);
    case "choice":
      // A result without a payload has one all the same.
      return choiceCodec(form.parts, place, (tag) =>
        isKind("result", type) ? { tag, val: undefined } : { tag },
      );
    case "wrapped":
      return inside(
        [form.part],
        place,
        (value) => [value],
        ([value]) => value,
      );
    case "message":
      return isKind("tuple", type)
        ? inside(
            form.parts,
            place,
            (value) => value as unknown[],
            (values) => values,
          )
        : bagCodec(form.parts, place, isKind("flags", type));
  }
}

/** Fields of a message within another. */
function inside(
  parts: readonly Part[],
  place: string,
  apart: (value: unknown) => readonly unknown[],
  together: (values: readonly unknown[]) => unknown,
): Composed {
  const fields = fieldsOf(parts, `${place}.`);
  return {
    wire: WIRE.bytes,
    write: (to, value) => {
      to.fork();
      writeFields(to, fields, apart(value));
      to.ldelim();
    },
    read: (from) => together(readFields(from, from.end(place), fields, place)),
    empty: () => together(fields.map((field) => field.end(undefined))),
    isAbsent: () => false,
  };
}

interface Composed extends OneCodec {
  readonly empty: () => unknown;
}

/** A record, or flags, of which those that are not sent are not set. */
function bagCodec(parts: readonly Part[], place: string, flags: boolean): OneCodec {
  const keys = parts.map((part) => (part as Field).as ?? camelCase(part.name));
  const together = (values: readonly unknown[]) => Object.fromEntries(keys.map((key, i) => [key, values[i]]));
  const apart = (value: unknown) => keys.map((key) => (value as Readonly<Record<string, unknown>>)[key]);
  const none = () => together(keys.map(() => false));
  return { ...inside(parts, place, apart, together), ...(flags && { absent: none }) };
}

/** Fields of which the last one that was sent holds. */
function choiceCodec(parts: readonly Part[], place: string, makes: (tag: string) => Tagged): OneCodec {
  const names = parts.map(({ name }) => label(name));
  const fields = parts.map(({ name, type }, i) => {
    const own = `${place}.${camelCase(name)}`;
    return type === undefined
      ? emptyField(numberOf(i), own)
      : sentField(oneCodec(type, own), numberOf(i), own);
  });
  return {
    wire: WIRE.bytes,
    write: (to, value) => {
      const { tag, val } = value as Tagged;
      to.fork();
      fields[names.indexOf(tag)]!.write(to, val);
      to.ldelim();
    },
    read: (from) => {
      const found = readFound(from, from.end(place), fields, place);
      const { last } = from;
      const tag = names[last];
      if (tag === undefined) return missing(place);
      return parts[last]!.type === undefined ? makes(tag) : { tag, val: fields[last]!.end(found[last]) };
    },
    isAbsent: () => false,
  };
}
