import type { RecordShape, Shape } from "./shape.ts";

/** The shapes that a shape is made of, without itself. */
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

/** A shape as a key: equal types are equal. */
export function keyOf(shape: Shape): string {
  const form = "form" in shape && shape.form ? ` ${shape.form}` : "";
  return `${shape.kind} ${shape.source}${form}`;
}

/**
 * All that some shapes are made of, themselves with it, each once, in the order in which a reader meets
 * them.
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
 * The keys of the shapes whose values can lie, at any distance, in another of their kind. What is in a `@shared`
 * object lies in the table, and not where the object is held.
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

/** Whether a value takes no bytes: an object of a class without fields, or with fields of such classes. */
export function isWeightless(shape: Shape): boolean {
  return shapesOf([shape], inPlace).every(
    (part) => part.kind === "record" && !isShared(part) && part.branches === undefined,
  );
}

/** A class whose objects lie in a table of the state; where one is held, there is its number. */
export function isShared(shape: Shape): boolean {
  return shape.kind === "record" && shape.shared === true;
}
