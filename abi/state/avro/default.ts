/** Defaults in a schema: from Avro's JSON form of a value to the bytes of a datum. */
import { AbiError } from "../../error.ts";
import { LIMITS } from "../../limits.ts";
import { type Schema, show } from "./schema.ts";
import { Sink } from "./sink.ts";
import { widthOf } from "./width.ts";
import { toWtf8 } from "./wtf8.ts";

/**
 * The datum of a default. In a union the first branch that accepts the value counts, as Avro 1.12 says; older
 * tools require the first branch. A default of a record must give every field.
 *
 * @param path the path of the field, for messages
 * @throws AbiError `schema` when the default is not a value of its type
 */
export function encodeDefault(type: Schema, json: unknown, path: string): Uint8Array {
  const state = { sink: new Sink(16, LIMITS.manifest), steps: LIMITS.schemaNodes, depth: 0 };
  if (!write(type, json, state)) {
    throw new AbiError(
      "schema",
      `schema, ${path}: found the default ${show(json)}, wanted a value of its type`,
    );
  }
  return state.sink.done().slice();
}

interface State {
  readonly sink: Sink;
  /** How many values may still be tried, since attempts with branches of unions multiply. */
  steps: number;
  depth: number;
}

/** @returns false when the value is not of the type; what was written is then useless */
function write(type: Schema, json: unknown, state: State): boolean {
  if (--state.steps < 0 || state.depth > LIMITS.schemaDepth) return false;
  state.depth++;
  const done = writeValue(type, json, state);
  state.depth--;
  return done;
}

function writeValue(type: Schema, json: unknown, state: State): boolean {
  const { sink } = state;
  switch (type.kind) {
    case "null":
      return json === null;
    case "boolean":
      if (typeof json !== "boolean") return false;
      sink.byte(json ? 1 : 0);
      return true;
    case "int":
    case "long":
      return writeInteger(type, json, sink);
    case "float":
    case "double":
      if (typeof json !== "number") return false;
      sink[type.kind](json);
      return true;
    case "string":
      if (typeof json !== "string") return false;
      sink.run(toWtf8(json));
      return true;
    case "bytes":
    case "fixed": {
      if (typeof json !== "string") return false;
      const bytes = Uint8Array.from(json, (unit) => unit.charCodeAt(0));
      if (!/^[\0-\xff]*$/.test(json) || (type.kind === "fixed" && bytes.length !== type.size)) return false;
      if (type.kind === "fixed") sink.raw(bytes);
      else sink.run(bytes);
      return true;
    }
    case "enum": {
      const index = type.symbols.indexOf(json as string);
      if (index >= 0) sink.int(index);
      return index >= 0;
    }
    case "array":
      if (!Array.isArray(json)) return false;
      if (json.length > 0) sink.long(BigInt(json.length));
      for (const item of json) if (!write(type.items, item, state)) return false;
      sink.byte(0);
      return true;
    case "map": {
      if (!isObject(json)) return false;
      const entries = Object.entries(json);
      if (entries.length > 0) sink.long(BigInt(entries.length));
      for (const [key, value] of entries) {
        sink.run(toWtf8(key));
        if (!write(type.values, value, state)) return false;
      }
      sink.byte(0);
      return true;
    }
    case "union": {
      const start = sink.length;
      return type.branches.some((branch, i) => {
        sink.remove(start, sink.length);
        sink.int(i);
        return write(branch, json, state);
      });
    }
    case "record":
      return (
        isObject(json) &&
        type.fields.every(({ name, type }) => Object.hasOwn(json, name) && write(type, json[name], state))
      );
  }
}

/** JSON numbers above 2^53 are rounded by now, so they are refused as defaults. */
function writeInteger(type: Schema, json: unknown, sink: Sink): boolean {
  if (!Number.isSafeInteger(json)) return false;
  // A u64 has the bits of a signed long, in defaults too.
  const width = type.moult === "u64" ? undefined : widthOf(type);
  const value = BigInt(json as number);
  if (width !== undefined && (value < width.min || value > width.max)) return false;
  sink.long(value);
  return true;
}

function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
