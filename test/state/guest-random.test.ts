import fc from "fast-check";
import { expect, test } from "vitest";
import type { RecordShape, Shape } from "../../abi/transform/shape.ts";
import { oracleOf, valuesOf } from "./avro-oracle.ts";
import {
  build,
  bytes,
  list,
  map,
  nullable,
  oneOf,
  optional,
  Plugin,
  plain,
  record,
  set,
  typed,
} from "./guest-plugin.ts";

const numbers = ["bool", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64"].map(plain);
const leaves: Shape[] = [
  ...numbers,
  plain("string"),
  bytes("Uint8Array"),
  bytes("ArrayBuffer"),
  bytes("StaticArray"),
  typed("Int8Array", "i8"),
  typed("Uint8ClampedArray", "u8"),
  typed("Uint32Array", "u32"),
  typed("Uint64Array", "u64"),
  typed("Float32Array", "f32"),
  oneOf("Color", "Red", "Green", "Blue"),
];
const keys = leaves.filter(
  (shape) => shape.kind === "enum" || (shape.kind === "primitive" && !shape.primitive.startsWith("f")),
);
const canBeNull = (shape: Shape) =>
  shape.kind !== "enum" && (shape.kind !== "primitive" || shape.source === "string");

/** Shapes of all kinds in one another; classes get their names when the program is written. */
const { shape } = fc.letrec<{ shape: Shape }>((tie) => ({
  shape: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(...leaves),
    tie("shape").map(list),
    fc.constantFrom(...keys).map(set),
    fc.tuple(fc.constantFrom(...keys), tie("shape")).map(([key, value]) => map(key, value)),
    tie("shape").map((one) => (one.kind === "option" ? one : canBeNull(one) ? nullable(one) : optional(one))),
    tie("shape").map((one) => (one.kind === "option" ? one : optional(one))),
    fc
      .array(tie("shape"), { minLength: 1, maxLength: 4 })
      .map((fields) => record("?", Object.fromEntries(fields.map((field, index) => [`f${index}`, field])))),
  ),
}));

/** The author's text for a root: every class once, with a first value for every field. */
function program(root: Shape): { root: RecordShape; author: string; names: string[] } {
  const classes: string[] = [];
  const names: string[] = [];
  const named = (one: Shape): Shape => {
    switch (one.kind) {
      case "list":
        return list(named(one.element));
      case "map":
        return map(one.key, named(one.value));
      case "option":
        return (one.nullable ? nullable : optional)(named(one.element));
      case "record": {
        const fields = one.fields.map((field) => ({ ...field, shape: named(field.shape) }));
        const name = `Class${names.length}`;
        names.push(name);
        const text = fields.map((field) => `  ${field.name}: ${first(field.shape)};\n`);
        classes.push(`export class ${name} {\n${text.join("")}}`);
        return { ...one, name, source: name, fields };
      }
      default:
        return one;
    }
  };
  const made = named(root) as RecordShape;
  const author = `import { Option } from "./guest/option";
export enum Color { Red, Green, Blue }
${classes.join("\n")}`;
  return { root: made, author, names: ["Color", "Option", ...names] };
}

function first(one: Shape): string {
  if (one.kind === "primitive")
    return one.source === "string"
      ? 'string = ""'
      : `${one.source} = ${one.source === "bool" ? "false" : "0"}`;
  if (one.kind === "enum") return `${one.source} = Color.Red`;
  if (one.kind === "option")
    return `${one.source} = ${one.nullable ? "null" : one.source.replace(/^Option(.*)$/, "Option.none$1()")}`;
  if (one.kind === "bytes" && one.container === "StaticArray") return "StaticArray<u8> = []";
  return `${one.source} = new ${one.source}(${one.kind === "bytes" || one.kind === "typed" ? "0" : ""})`;
}

test("states of random classes go out and back byte for byte", async () => {
  const roots = fc
    .array(shape, { minLength: 4, maxLength: 12 })
    .map((fields) => record("?", Object.fromEntries(fields.map((field, index) => [`f${index}`, field]))));
  await fc.assert(
    fc.asyncProperty(roots, fc.constantFrom("-O0", "-O2"), fc.integer(), async (unnamed, flag, seed) => {
      const { root, author, names } = program(unnamed);
      const module = await build({ state: { root, migrations: [] }, author, names, flags: [flag] });
      const type = oracleOf(root);
      const plugin = new Plugin(module);
      for (const value of fc.sample(valuesOf(root, 7), { numRuns: 30, seed })) {
        const data = type.toBuffer(value);
        plugin.restore(data);
        expect(Buffer.from(plugin.save()).equals(data)).toBe(true);
      }
    }),
    { numRuns: 8, endOnFailure: true },
  );
});
