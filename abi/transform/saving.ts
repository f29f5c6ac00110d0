import { isShared } from "./recursion.ts";
import type { FieldShape, RecordShape, Shape } from "./shape.ts";
import { bounds, functions, isReference, spelled, type Walk } from "./walk.ts";

export interface Saving {
  /** A statement that puts the object at `pointer`. */
  reference(shape: Shape, pointer: string, place: number | string): string;
  /** A statement that puts the fields of an object of a `@shared` class. */
  fields(shape: RecordShape, pointer: string): string;
  functions(): string;
}

/** Generates functions `(pointer) -> void` that put the object at a pointer. */
export function saving(walk: Walk): Saving {
  const table = functions("put", (shape, name) => {
    const [enter, leave] = bounds(walk, shape);
    const once = isOnce(shape)
      ? `  if (avro.met(${held("p", "place")}, place, ${walk.what(shape)})) return;\n`
      : "";
    const place = isShared(shape) ? "" : ", place: u32";
    return `function ${name}(p: usize${place}): void {\n${once}${enter}${body(shape)}${leave}}\n`;
  });

  /** A statement that puts the value at `base` plus `offset`, an expression. */
  function value(shape: Shape, base: string, offset: string, place: number | string): string {
    const at = offset === "" ? base : `${base}, ${offset}`;
    if (isReference(shape)) return reference(shape, `load<usize>(${at})`, place);
    if (shape.kind === "enum") return `avro.putSymbol(load<i32>(${at}), ${shape.cases.length}, ${place});`;
    if (shape.kind !== "primitive") throw new Error(`no value in place is a ${shape.kind}`);
    const type = spelled(shape);
    return `avro.put<${type}>(load<${type}>(${at}));`;
  }

  function reference(shape: Shape, pointer: string, place: number | string): string {
    if (shape.kind === "primitive") return `avro.putString(${pointer}, ${place});`;
    if (shape.kind === "bytes")
      return `avro.put${shape.container}(${pointer}, ${place}, ${walk.what(shape)});`;
    if (shape.kind === "typed") {
      return `avro.putTyped<${spelled(shape.element)}>(${pointer}, ${place}, ${walk.what(shape)});`;
    }
    if (isShared(shape)) return `avro.putNumber(${pointer}, ${place});`;
    return `${table.of(shape)}(${pointer}, ${place});`;
  }

  function held(pointer: string, place: number | string): string {
    return `avro.held(${pointer}, ${place})`;
  }

  function body(shape: Shape): string {
    switch (shape.kind) {
      case "record":
        return record(shape);
      case "option":
        if (!shape.nullable) return option(shape.source, shape.element);
        return `  if (!p) return avro.putBranch(false);
  avro.putBranch(true);
  ${reference(shape.element, "p", "place")}
`;
      case "list":
        return list(shape.source, shape.element);
      case "set":
        return entries(
          `avro.setStride<${shape.element.source}>()`,
          `avro.SetEntry<${shape.element.source}>`,
          [[shape.element, "key"]],
        );
      case "map": {
        const types = `<${shape.key.source}, ${shape.value.source}>`;
        return entries(`avro.mapStride${types}()`, `avro.MapEntry${types}`, [
          [shape.key, "key"],
          [shape.value, "value"],
        ]);
      }
      case "primitive":
      case "bytes":
      case "typed":
      case "enum":
      case "result":
        throw new Error(`no function puts a ${shape.kind}`);
    }
  }

  function record(shape: RecordShape): string {
    const field = ({ name, shape: inner }: FieldShape): string =>
      `  ${value(inner, "p", `offsetof<${shape.source}>("${name}")`, walk.place(`${shape.name}.${name}`))}\n`;
    return shape.fields.map(field).join("");
  }

  function option(source: string, element: Shape): string {
    return `  ${held("p", "place")};
  if (!load<bool>(p, offsetof<${source}>("some"))) return avro.putBranch(false);
  avro.putBranch(true);
  ${value(element, "p", `offsetof<${source}>("held")`, "place")}
`;
  }

  function list(source: string, element: Shape): string {
    return `  const length = load<i32>(p, offsetof<${source}>("length_"));
  if (length > 0) {
    avro.putLong(length);
    let at = avro.start(p);
    for (let i = 0; i < length && !avro.stopped; i++) {
      ${value(element, "at", "", "place")}
      at += sizeof<${element.source}>();
    }
  }
  avro.putLong(0);
`;
  }

  /** For a map or set: the members of each entry, in the order of insertion. */
  function entries(stride: string, entry: string, members: readonly (readonly [Shape, string])[]): string {
    const puts = members.map(
      ([shape, member]) => `      ${value(shape, "at", `offsetof<${entry}>("${member}")`, "place")}\n`,
    );
    return `  const size = avro.tableSize(p);
  if (size > 0) {
    avro.putLong(size);
    let at = avro.entries(p);
    const end = at + avro.entryCount(p) * ${stride};
    for (; at < end && !avro.stopped; at += ${stride}) {
      if (avro.deleted(load<usize>(at, offsetof<${entry}>("next")))) continue;
${puts.join("")}    }
  }
  avro.putLong(0);
`;
  }

  const fields = (shape: RecordShape, pointer: string) => `${table.of(shape)}(${pointer});`;
  return { reference, fields, functions: table.text };
}

/**
 * Whether an object of the shape may be met only once. An `Option` counts as a value: its content is checked
 * by itself.
 */
function isOnce(shape: Shape): boolean {
  return shape.kind !== "option" && !isShared(shape);
}
