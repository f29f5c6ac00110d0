import { isPart } from "./parts.ts";
import { isShared } from "./recursion.ts";
import type { FieldShape, RecordShape, Shape } from "./shape.ts";
import { functions, isReference, spelled, type Walk } from "./walk.ts";

export interface Keeping {
  /** A statement that moves the content of one object into another one, whose parts are kept. */
  fill(shape: RecordShape, to: string, from: string): string;
  /**
   * The function `(object, value, offset, place)` that puts a part into a field; `undefined` for a shape that
   * is not a part.
   */
  part(shape: Shape): string | undefined;
  functions(): string;
}

/** Generates functions that put restored content into existing objects. */
export function keeping(walk: Walk): Keeping {
  const table = functions("keep", (shape, name) => {
    if (shape.kind !== "record") throw new Error(`no function keeps a ${shape.kind}`);
    return `function ${name}(to: usize, from: usize): void {\n${shape.fields.map((one) => field(shape, one)).join("")}}\n`;
  });
  const parts = functions("part", (shape, name) => {
    if (shape.kind !== "record") throw new Error(`no function keeps a ${shape.kind}`);
    return `function ${name}(object: usize, value: usize, offset: usize, place: u32): void {
  const there = load<usize>(object + offset);
  if (there == 0) return avro.hold(object, value, offset);
  avro.apart(there, place);
  ${table.of(shape)}(there, value);
}
`;
  });

  function part(shape: Shape): string | undefined {
    if (!isPart(shape) || isShared(shape)) return undefined;
    if (shape.kind === "record") return parts.of(shape);
    return shape.kind === "list" ? "avro.keepArray" : "avro.keepTable";
  }

  function field(owner: RecordShape, { name, shape }: FieldShape): string {
    const offset = `offsetof<${owner.source}>("${name}")`;
    if (!isReference(shape)) {
      const type = shape.kind === "primitive" ? spelled(shape) : "i32";
      return `  store<${type}>(to, load<${type}>(from, ${offset}), ${offset});\n`;
    }
    const into = part(shape);
    const value = `load<usize>(from, ${offset})`;
    if (into === undefined) return `  avro.hold(to, ${value}, ${offset});\n`;
    return `  ${into}(to, ${value}, ${offset}, ${walk.place(`${owner.name}.${name}`)});\n`;
  }

  return {
    fill: (shape, to, from) => `${table.of(shape)}(${to}, ${from});`,
    part,
    functions: () => parts.text() + table.text(),
  };
}
