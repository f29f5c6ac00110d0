import type { Shape } from "./shape.ts";

/** How a type argument is spelled in a record's name: `Pair<string, Array<u32>>` is `PairStringListU32`. */
export function shortName(shape: Shape): string {
  switch (shape.kind) {
    case "primitive":
      return upperFirst(shape.source);
    case "record":
    case "enum":
      return shape.name;
    case "bytes":
      return "Bytes";
    case "typed":
    case "list":
    case "set":
      return upperFirst(shape.kind === "typed" ? "list" : shape.kind) + shortName(shape.element);
    case "option":
      return `Option${shortName(shape.element)}`;
    case "map":
      return `Map${shortName(shape.key)}${shortName(shape.value)}`;
    case "result":
      return `Result${shortName(shape.ok)}${shortName(shape.err)}`;
  }
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
