/** Avro's binary encoding as JavaScript values, for reading a state; swaps copy the bytes. */
import { Cursor } from "./cursor.ts";
import { branchName, nullable } from "./encode.ts";
import type { ArraySchema, MapSchema, RecordSchema, Schema } from "./schema.ts";
import { widthOf } from "./width.ts";

export { encode } from "./encode.ts";

/**
 * Decodes one datum. Integers of 64 bits become bigints (a `u64` is not negative), bytes a `Uint8Array`, maps
 * a `Map`, sets a `Set`, typed arrays those of JavaScript, enums strings, records plain objects. A union of
 * null and one type becomes null or the value, any other union `{ [branch]: value }`.
 *
 * @throws AbiError `snapshot` when the bytes are not exactly one datum of the schema
 */
export function decode(schema: Schema, bytes: Uint8Array): unknown {
  return new Cursor(bytes).whole((cursor) => read(schema, cursor));
}

function read(schema: Schema, c: Cursor): unknown {
  switch (schema.kind) {
    case "null":
      return null;
    case "boolean":
      return c.boolean();
    case "int":
    case "long":
      return readInteger(schema, c);
    case "float":
      return c.float();
    case "double":
      return c.double();
    case "string":
      return c.string();
    case "bytes": {
      const start = c.run("bytes");
      return c.bytes.slice(start, c.pos);
    }
    case "fixed": {
      const start = c.take(schema.size, "a fixed");
      return c.bytes.slice(start, c.pos);
    }
    case "enum":
      return schema.symbols[c.index(schema.symbols.length, "the symbol")];
    case "union": {
      const branch = schema.branches[c.index(schema.branches.length, "the branch")]!;
      const value = read(branch, c);
      return nullable(schema) ? value : { [branchName(branch)]: value };
    }
    case "array":
      return readList(schema, c);
    case "map":
      return readMap(schema, c);
    case "record":
      return readRecord(schema, c);
  }
}

function readList(schema: ArraySchema, c: Cursor): unknown {
  const items: unknown[] = [];
  const { least } = schema.items;
  c.enter();
  for (let left = c.block(least); left > 0; left = c.block(least)) {
    while (left-- > 0) items.push(read(schema.items, c));
  }
  c.depth--;
  return collection(schema, items);
}

function readMap(schema: MapSchema, c: Cursor): unknown {
  const map = new Map<string, unknown>();
  const least = 1 + schema.values.least;
  c.enter();
  for (let left = c.block(least); left > 0; left = c.block(least)) {
    while (left-- > 0) map.set(c.string(), read(schema.values, c));
  }
  c.depth--;
  return map;
}

function readRecord(schema: RecordSchema, c: Cursor): unknown {
  const fields: [string, unknown][] = [];
  c.enter();
  for (const field of schema.fields) fields.push([field.name, read(field.type, c)]);
  c.depth--;
  return Object.fromEntries(fields);
}

function readInteger(schema: Schema, c: Cursor): unknown {
  const from = c.pos;
  const width = widthOf(schema);
  if (schema.kind === "int") {
    const value = c.int();
    if (width && (value < width.min || value > width.max))
      c.fail(`found ${value}, wanted a ${width.name}`, from);
    return value;
  }
  const value = c.long();
  if (schema.moult === "u64") return BigInt.asUintN(64, value);
  if (width && (value < width.min || value > width.max))
    c.fail(`found ${value}, wanted a ${width.name}`, from);
  return schema.moult === "u32" ? Number(value) : value;
}

/** The JavaScript value for an author's list. */
function collection(schema: ArraySchema, items: unknown[]): unknown {
  if (schema.moult === "set") return new Set(items);
  if (schema.moult === "map")
    return new Map(items.map((item) => Object.values(item as object) as [unknown, unknown]));
  switch (schema.moult) {
    case "Int8Array":
      return Int8Array.from(items as number[]);
    case "Int16Array":
      return Int16Array.from(items as number[]);
    case "Int32Array":
      return Int32Array.from(items as number[]);
    case "Int64Array":
      return BigInt64Array.from(items as bigint[]);
    case "Uint8ClampedArray":
      return Uint8ClampedArray.from(items as number[]);
    case "Uint16Array":
      return Uint16Array.from(items as number[]);
    case "Uint32Array":
      return Uint32Array.from(items as number[]);
    case "Uint64Array":
      return BigUint64Array.from(items as bigint[]);
    case "Float32Array":
      return Float32Array.from(items as number[]);
    case "Float64Array":
      return Float64Array.from(items as number[]);
    default:
      return items;
  }
}
