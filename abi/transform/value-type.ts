/** From shapes to the Component Model's types, for manifests and layouts. */
import { layout, type Struct, struct, type Union, union } from "../canonical/layout.ts";
import { kebabCase, type ValueType } from "../type.ts";
import type { FunctionShape, Shape } from "./shape.ts";

/** @param functions the names of the interface's functions, which its types must not have */
export function valueType(shape: Shape, functions: ReadonlySet<string> = NONE): ValueType {
  const inner = (shape: Shape): ValueType => valueType(shape, functions);
  switch (shape.kind) {
    case "primitive":
      return shape.primitive;
    case "bytes":
      return { list: "u8" };
    case "typed":
    case "list":
    case "set":
      return { list: inner(shape.element) };
    case "map":
      return { map: [inner(shape.key), inner(shape.value)] };
    case "option":
      return { option: inner(shape.element) };
    case "result":
      return { result: { ...(shape.ok && { ok: inner(shape.ok) }), err: inner(shape.err) } };
    case "enum":
      return { enum: shape.cases.map(kebabCase), name: typeName(shape.name, functions) };
    case "record":
      return {
        record: shape.fields.map((field) => ({ name: kebabCase(field.name), type: inner(field.shape) })),
        name: typeName(shape.name, functions),
      };
  }
}

const NONE: ReadonlySet<string> = new Set();

/**
 * The name of a class or enum in WIT: `report`, or `report-type` where `report` is a function of the
 * interface.
 */
export function typeName(name: string, functions: ReadonlySet<string>): string {
  const wire = kebabCase(name);
  return functions.has(wire) ? `${wire}-type` : wire;
}

/** A function in the manifest. */
export function manifestFunction(shape: FunctionShape, functions: ReadonlySet<string> = NONE) {
  const params = shape.params.map((param) => ({
    name: kebabCase(param.name),
    type: valueType(param.shape, functions),
  }));
  const { result, docs } = shape;
  return {
    name: kebabCase(shape.name),
    params,
    ...(result && { result: valueType(result, functions) }),
    ...(docs !== undefined && { docs }),
  };
}

/** The functions of one interface in the manifest. */
export function manifestFunctions(shapes: readonly FunctionShape[]) {
  const names = new Set(shapes.map(({ name }) => kebabCase(name)));
  return shapes.map((shape) => manifestFunction(shape, names));
}

export function layoutOf(shape: Shape) {
  return layout(valueType(shape));
}

/** Shapes one after the other: a record's fields, a map's entry, parameters that are passed in memory. */
export function structOf(shapes: readonly Shape[]): Struct {
  return struct(shapes.map(layoutOf));
}

export function unionOf(cases: readonly (Shape | undefined)[]): Union {
  return union(cases.map((shape) => shape && layoutOf(shape)));
}

/** Whether a value of the shape points at memory, which must stay valid until the other side has read it. */
export function hasPointers(shape: Shape): boolean {
  switch (shape.kind) {
    case "primitive":
      return shape.primitive === "string";
    case "enum":
      return false;
    case "option":
      return hasPointers(shape.element);
    case "result":
      return [shape.ok, shape.err].some((part) => part !== undefined && hasPointers(part));
    case "record":
      return shape.fields.some((field) => hasPointers(field.shape));
    case "bytes":
    case "typed":
    case "list":
    case "set":
    case "map":
      return true;
  }
}

/** Whether AssemblyScript's collector owns values of the shape. */
export function isReference(shape: Shape): boolean {
  return shape.kind !== "enum" && (shape.kind !== "primitive" || shape.primitive === "string");
}

/** Whether the elements of a list have the same layout in an `Array<T>` as in canonical memory. */
export function isPlainList(shape: Shape): boolean {
  return shape.kind === "list" && shape.element.kind === "primitive" && shape.element.primitive !== "string";
}
