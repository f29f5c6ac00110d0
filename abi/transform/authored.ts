/**
 * A shape in its author's spelling, for messages: `Map<string, Order>`, where generated code has `Map<...,
 * __m3>`.
 */
import type { RecordShape, Shape } from "./shape.ts";
import { spelled } from "./walk.ts";

/** The remedy where something refers back to the root of a state. */
export const INSTEAD_OF_ROOT =
  "keep what refers back in a class of its own, marked @shared, in a field of it";

export function authored(shape: Shape): string {
  switch (shape.kind) {
    case "primitive":
      return spelled(shape);
    case "record":
    case "enum":
      return shape.name;
    case "bytes":
      return shape.container === "StaticArray" ? "StaticArray<u8>" : shape.container;
    case "typed":
      return shape.source;
    case "list":
      return `Array<${authored(shape.element)}>`;
    case "set":
      return `Set<${authored(shape.element)}>`;
    case "map":
      return `Map<${authored(shape.key)}, ${authored(shape.value)}>`;
    case "option":
      return shape.nullable ? `${authored(shape.element)} | null` : `Option<${authored(shape.element)}>`;
    case "result":
      return `${shape.ok ? `Result<${authored(shape.ok)}, ` : "Outcome<"}${authored(shape.err)}>`;
  }
}

/** The name in a class's declaration, without type arguments. */
export function declaredName({ name, range }: RecordShape): string {
  return range.source?.text.slice(range.start, range.end) || name;
}
