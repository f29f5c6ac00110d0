/** Moving over Avro data without decoding it. */
import { Cursor } from "./cursor.ts";
import type { Schema } from "./schema.ts";
import { widthOf } from "./width.ts";

export type Skip = (cursor: Cursor) => void;

/**
 * Checks that the bytes are exactly one datum of the schema, down to the range of every integer and the UTF-8
 * of every string.
 *
 * @throws AbiError `snapshot`, which names the byte
 */
export function checkDatum(schema: Schema, bytes: Uint8Array): void {
  new Cursor(bytes).whole(skipper({ strict: true })(schema));
}

/**
 * Makes functions that move a cursor over one value of a schema, and check its form. Each type is compiled
 * once.
 *
 * @param options `strict` also checks the content of integers and strings
 */
export function skipper(options: { readonly strict: boolean }): (schema: Schema) => Skip {
  const { strict } = options;
  const made = new Map<Schema, Skip>();
  const text: Skip = strict ? (c) => c.checkString() : (c) => void c.run("a string");

  function of(schema: Schema): Skip {
    const known = made.get(schema);
    if (known) return known;
    let skip: Skip | undefined;
    // A record may contain itself, so the function for it is looked up when it is called.
    made.set(schema, (c) => skip!(c));
    skip = make(schema);
    made.set(schema, skip);
    return skip;
  }

  function make(schema: Schema): Skip {
    switch (schema.kind) {
      case "null":
        return () => {};
      case "boolean":
        return (c) => void c.boolean();
      case "int":
      case "long":
        return integer(schema, strict);
      case "float":
      case "double":
      case "fixed": {
        const size = schema.least;
        const what = `a ${schema.kind}`;
        return (c) => void c.take(size, what);
      }
      case "string":
        return text;
      case "bytes":
        return (c) => void c.run("bytes");
      case "enum": {
        const count = schema.symbols.length;
        return (c) => void c.index(count, "the symbol");
      }
      case "union": {
        const branches = schema.branches.map(of);
        return (c) => branches[c.index(branches.length, "the branch")]!(c);
      }
      case "array":
        return list(schema.items.least, fixedSize(schema.items), of(schema.items));
      case "map": {
        const value = of(schema.values);
        return list(1 + schema.values.least, undefined, (c) => {
          text(c);
          value(c);
        });
      }
      case "record": {
        const fields = schema.fields.map((field) => of(field.type));
        return (c) => {
          c.enter();
          for (let i = 0; i < fields.length; i++) fields[i]!(c);
          c.depth--;
        };
      }
    }
  }
  return of;
}

function list(least: number, size: number | undefined, item: Skip): Skip {
  return (c) => {
    c.enter();
    for (let left = c.block(least); left > 0; left = c.block(least)) {
      if (size !== undefined) c.take(left * size, "items");
      else while (left-- > 0) item(c);
    }
    c.depth--;
  };
}

/** The size of types all of whose values have the same number of bytes, and whose bytes are all valid. */
function fixedSize(schema: Schema): number | undefined {
  return ["null", "float", "double", "fixed"].includes(schema.kind) ? schema.least : undefined;
}

function integer(schema: Schema, strict: boolean): Skip {
  const width = widthOf(schema);
  if (!strict || width === undefined || schema.moult === "u64" || schema.moult === undefined) {
    return schema.kind === "int" ? (c) => void c.int() : (c) => c.skipLong();
  }
  const { name } = width;
  const [min, max] = [Number(width.min), Number(width.max)];
  return (c) => {
    const from = c.pos;
    const value = schema.kind === "int" ? c.int() : c.size();
    if (value >= min && value <= max) return;
    // Above 2^53 the size was rounded; the message has the exact number.
    c.pos = from;
    c.fail(`found ${schema.kind === "int" ? value : c.long()}, wanted a ${name}`, from);
  };
}
