import type { Shape } from "./shape.ts";

/** The spelling of a type argument in a record's name: `Pair<string, Array<u32>>` is `PairStringListU32`. */
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
      return `${shape.ok ? `Result${shortName(shape.ok)}` : "Outcome"}${shortName(shape.err)}`;
  }
}

/** The names of a shape, now and before types in it were renamed: today's first. */
export function namesOf(shape: Shape): readonly string[] {
  switch (shape.kind) {
    case "record":
    case "enum":
      return [shape.name, ...(shape.aliases ?? [])];
    case "list":
    case "set":
    case "option": {
      const before = upperFirst(shape.kind);
      return namesOf(shape.element).map((name) => before + name);
    }
    case "map":
      return joined([["Map"], namesOf(shape.key), namesOf(shape.value)]);
    case "primitive":
    case "bytes":
    case "typed":
    case "result":
      return [shortName(shape)];
  }
}

/** All combinations of one from each list, today's first, up to a number that a schema could use. */
export function joined(parts: readonly (readonly string[])[]): readonly string[] {
  return parts.reduce<readonly string[]>(
    (all, names) => all.flatMap((begin) => names.map((name) => begin + name)).slice(0, MOST),
    [""],
  );
}

const MOST = 64;

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
