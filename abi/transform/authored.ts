/** A shape as its author spells it, for messages: `Map<string, Order>`, where generated code says `Map<..., __m3>`. */
import type { Shape } from "./shape.ts";
import { spelled } from "./walk.ts";

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
      return `Result<${authored(shape.ok)}, ${authored(shape.err)}>`;
  }
}
