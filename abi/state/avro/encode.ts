/** JavaScript values as Avro data. */
import { AbiError } from "../../error.ts";
import { LIMITS } from "../../limits.ts";
import {
  type ArraySchema,
  type MapSchema,
  type RecordSchema,
  type Schema,
  shortName,
  show,
  type UnionSchema,
} from "./schema.ts";
import { Sink } from "./sink.ts";
import { widthOf } from "./width.ts";
import { toWtf8 } from "./wtf8.ts";

/**
 * Encodes one datum, from a value in the form of `decode`.
 *
 * @throws AbiError `argument`, which names the place, when the value does not fit the schema
 */
export function encode(schema: Schema, value: unknown): Uint8Array {
  const sink = new Sink(64, LIMITS.bytes);
  try {
    write(schema, value, { sink, path: "value" });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new AbiError("argument", `value: this host has no room for it (${error.message})`, {
      cause: error,
    });
  }
  return sink.done();
}

interface Target {
  readonly sink: Sink;
  readonly path: string;
}

function write(schema: Schema, value: unknown, to: Target): void {
  const { sink } = to;
  switch (schema.kind) {
    case "null":
      if (value !== null) wrong("null", value, to);
      return;
    case "boolean":
      if (typeof value !== "boolean") wrong("a boolean", value, to);
      sink.byte(value ? 1 : 0);
      return;
    case "int":
    case "long":
      writeInteger(schema, value, to);
      return;
    case "float":
    case "double":
      if (typeof value !== "number") wrong("a number", value, to);
      sink[schema.kind](value);
      return;
    case "string":
      if (typeof value !== "string") wrong("a string", value, to);
      sink.run(toWtf8(value));
      return;
    case "bytes":
      if (!(value instanceof Uint8Array)) wrong("bytes", value, to);
      sink.run(value);
      return;
    case "fixed":
      if (!(value instanceof Uint8Array) || value.length !== schema.size)
        wrong(`${schema.size} bytes`, value, to);
      sink.raw(value);
      return;
    case "enum": {
      const index = schema.symbols.indexOf(value as string);
      if (index < 0) wrong(`a ${shortName(schema.name)}`, value, to);
      sink.int(index);
      return;
    }
    case "union":
      writeBranch(schema, value, to);
      return;
    case "array":
      writeList(schema, value, to);
      return;
    case "map":
      writeMap(schema, value, to);
      return;
    case "record":
      writeRecord(schema, value, to);
  }
}

function writeList(schema: ArraySchema, value: unknown, to: Target): void {
  const { sink, path } = to;
  if (typeof value !== "object" || value === null || !(Symbol.iterator in value)) wrong("a list", value, to);
  const items = value instanceof Map ? entries(schema, value) : [...(value as Iterable<unknown>)];
  if (items.length > 0) sink.long(BigInt(items.length));
  for (let i = 0; i < items.length; i++) write(schema.items, items[i], { sink, path: `${path}[${i}]` });
  sink.byte(0);
}

/** A map whose keys are not strings is a list of records with two fields. */
function entries(schema: ArraySchema, map: ReadonlyMap<unknown, unknown>): unknown[] {
  const [key, value] = schema.items.kind === "record" ? schema.items.fields : [];
  return [...map].map(([k, v]) => ({ [key?.name ?? ""]: k, [value?.name ?? ""]: v }));
}

function writeMap(schema: MapSchema, value: unknown, to: Target): void {
  const { sink } = to;
  if (!(value instanceof Map)) wrong("a Map", value, to);
  if (value.size > 0) sink.long(BigInt(value.size));
  for (const [key, item] of value) {
    const path = `${to.path}{${show(key)}}`;
    if (typeof key !== "string") wrong("a string as key", key, { sink, path });
    sink.run(toWtf8(key));
    write(schema.values, item, { sink, path });
  }
  sink.byte(0);
}

function writeRecord(schema: RecordSchema, value: unknown, to: Target): void {
  const { sink } = to;
  if (typeof value !== "object" || value === null) wrong(`a ${shortName(schema.name)}`, value, to);
  for (const { name, type } of schema.fields) {
    const path = `${to.path}.${name}`;
    if (!Object.hasOwn(value, name)) wrong("a value", undefined, { sink, path });
    write(type, (value as Record<string, unknown>)[name], { sink, path });
  }
}

function writeInteger(schema: Schema, value: unknown, to: Target): void {
  const whole = typeof value === "bigint" || Number.isSafeInteger(value);
  const integer = whole ? BigInt(value as bigint | number) : undefined;
  const width = widthOf(schema) ?? widthOf({ kind: schema.kind as "int" | "long", least: 1 })!;
  if (integer === undefined || integer < width.min || integer > width.max)
    wrong(`a ${width.name}`, value, to);
  to.sink.long(BigInt.asIntN(64, integer));
}

function writeBranch(schema: UnionSchema, value: unknown, to: Target): void {
  const { branches } = schema;
  let index = branches.findIndex((branch) => (branch.kind === "null") === (value === null));
  let inner = value;
  if (!nullable(schema)) {
    const [name, ...more] = typeof value === "object" && value !== null ? Object.keys(value) : [];
    index = more.length > 0 ? -1 : branches.findIndex((branch) => branchName(branch) === name);
    inner = index < 0 ? value : (value as Record<string, unknown>)[name!];
  }
  if (index < 0) wrong(branches.map((branch) => `{ ${branchName(branch)} }`).join(" or "), value, to);
  to.sink.int(index);
  write(branches[index]!, inner, to);
}

function wrong(wanted: string, value: unknown, to: Target): never {
  const found = typeof value === "bigint" ? `${value}` : show(value);
  throw new AbiError("argument", `${to.path}: found ${found}, wanted ${wanted}`);
}

/** A union of null and one other type. */
export function nullable(schema: UnionSchema): boolean {
  return schema.branches.length === 2 && schema.branches.some(isNull);
}
/** The name of a branch in a union. */
export function branchName(branch: Schema): string {
  return "name" in branch ? branch.name : branch.kind;
}

function isNull(schema: Schema): boolean {
  return schema.kind === "null";
}
