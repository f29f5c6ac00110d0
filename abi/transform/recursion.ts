import type { RecordShape, Shape } from "./shape.ts";

/** The shapes that a shape directly consists of. */
export function partsOf(shape: Shape): readonly Shape[] {
  switch (shape.kind) {
    case "list":
    case "set":
    case "typed":
    case "option":
      return [shape.element];
    case "map":
      return [shape.key, shape.value];
    case "result":
      return shape.ok ? [shape.ok, shape.err] : [shape.err];
    case "record":
      return shape.branches ?? shape.fields.map((field) => field.shape);
    case "primitive":
    case "bytes":
    case "enum":
      return [];
  }
}

/** A key for a shape: equal types have equal keys. */
export function keyOf(shape: Shape): string {
  const form = "form" in shape && shape.form ? ` ${shape.form}` : "";
  return `${shape.kind} ${shape.source}${form}`;
}

/**
 * All shapes that some shapes consist of, including themselves, each once, in the order in which a reader
 * meets them.
 */
export function shapesOf(roots: readonly Shape[], parts = partsOf): readonly Shape[] {
  const found = new Map<string, Shape>();
  const visit = (shape: Shape): void => {
    if (found.has(keyOf(shape))) return;
    found.set(keyOf(shape), shape);
    parts(shape).forEach(visit);
  };
  roots.forEach(visit);
  return [...found.values()];
}

/** The classes among them. */
export function recordsOf(roots: readonly Shape[]): readonly RecordShape[] {
  return shapesOf(roots).filter((shape) => shape.kind === "record");
}

/**
 * The keys of shapes whose values can contain, at any depth, another value of the same shape. The content of
 * a `@shared` object lies in the table, and not where the object is held.
 */
export function cyclicShapes(roots: readonly Shape[]): ReadonlySet<string> {
  const keys = shapesOf(roots)
    .filter((shape) => !isShared(shape))
    .filter((shape) => shapesOf(partsOf(shape), inPlace).some((part) => keyOf(part) === keyOf(shape)))
    .map(keyOf);
  return new Set(keys);
}

function inPlace(shape: Shape): readonly Shape[] {
  return isShared(shape) ? [] : partsOf(shape);
}

/** Whether a value takes no bytes: an object of a class without fields, or with only such fields. */
export function isWeightless(shape: Shape): boolean {
  return shapesOf([shape], inPlace).every(
    (part) => part.kind === "record" && !isShared(part) && part.branches === undefined,
  );
}

/**
 * Whether objects of the class lie in a table of the state, and the places that hold them contain a number.
 */
export function isShared(shape: Shape): boolean {
  return shape.kind === "record" && shape.shared === true;
}
