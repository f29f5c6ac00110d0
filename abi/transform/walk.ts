/** What the generated code for saving and restoring has in common. */
import { keyOf } from "./recursion.ts";
import type { PrimitiveShape, RecordShape, Shape, StepShape } from "./shape.ts";

export interface Walk {
  /** The number of a place in the author's words: `Totals.lines`. */
  place(name: string): number;
  /**
   * The number of the place that names a kind of object; the next place is the remedy where one is met twice.
   */
  what(shape: Shape): number;
  /** The keys of the shapes whose values can hold another value of the same shape. */
  readonly cyclic: ReadonlySet<string>;
  /** The steps that convert objects of an older class to a newer one. */
  steps(older: RecordShape, newest: RecordShape): readonly StepShape[];
}

/** Generated functions, one for each shape, each written when it is first needed. */
export interface Functions {
  /** The name of the function for a shape. */
  of(shape: Shape): string;
  /** The text of all of them. */
  text(): string;
}

/** @param body writes the function of a shape; it may ask for the names of others, and its own */
export function functions(prefix: string, body: (shape: Shape, name: string) => string): Functions {
  const names = new Map<string, string>();
  const texts: string[] = [];
  return {
    of(shape) {
      const key = keyOf(shape);
      let name = names.get(key);
      if (name === undefined) {
        name = `${prefix}${names.size}`;
        names.set(key, name);
        texts.push(body(shape, name));
      }
      return name;
    },
    text: () => texts.join("\n"),
  };
}

const INTEGERS = { s: "i", u: "u" } as const;

/** A primitive in AssemblyScript's spelling: `u64`, `i8`, `bool`, `string`. */
export function spelled({ primitive }: PrimitiveShape): string {
  return primitive.replace(/^([su])(?=\d)/, (sign) => INTEGERS[sign as "s" | "u"]);
}

/** Whether a value of the shape is a pointer to an object. */
export function isReference(shape: Shape): boolean {
  return shape.kind !== "enum" && (shape.kind !== "primitive" || shape.primitive === "string");
}

/** Whether a value of the shape may be of an older class, which a number in the bytes tells. */
export function isLed(shape: Shape): shape is RecordShape & { readonly branches: readonly RecordShape[] } {
  return shape.kind === "record" && shape.branches !== undefined;
}

/** Code around the body of a shape's function, which limits the depth of recursive types. */
export function bounds({ cyclic, place, what }: Walk, shape: Shape): readonly [enter: string, leave: string] {
  if (shape.kind === "option" || isLed(shape) || !cyclic.has(keyOf(shape))) return ["", ""];
  const where = shape.kind === "record" ? place(shape.name) : "place";
  return [`  avro.enter(${where}, ${what(shape)});\n`, "  avro.leave();\n"];
}
