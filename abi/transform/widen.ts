/**
 * The states that a module can restore: its own, the same with objects of older classes inside, and older
 * states.
 *
 * Where a class inside a state has a `static from`, older data may have objects of the older class. The
 * field's type is then a union of the classes in the chain, and each object comes with the number of its
 * class.
 */
import { keyOf, shapesOf } from "./recursion.ts";
import type { FieldShape, RecordShape, Shape, StateShape, StepShape } from "./shape.ts";

export interface Restorable {
  /** The shape of the bytes. */
  readonly shape: RecordShape;
  /** The class that is made of them. */
  readonly root: RecordShape;
  /** Today's root, with older classes inside. */
  readonly nested: boolean;
}

/**
 * In the order of the numbers that `restore` takes: today's state first, then the migrations, newest first.
 */
export function restorables(state: StateShape): readonly Restorable[] {
  const { root, migrations } = state;
  const widen = widener(state);
  const wide = widen(root);
  return [
    { shape: root, root, nested: false },
    ...(wide === root ? [] : [{ shape: wide, root, nested: true }]),
    ...migrations.map(({ from }) => ({ shape: widen(from), root: from, nested: false })),
  ];
}

/** The steps that convert objects of a class to another, from the older one on. */
export function stepsFrom(older: RecordShape, newest: RecordShape, { nested = [] }: StateShape): StepShape[] {
  const steps: StepShape[] = [];
  for (let to = newest; to.source !== older.source; ) {
    const step = nested.find((one) => one.to.source === to.source)!;
    steps.unshift(step);
    to = step.from;
  }
  return steps;
}

/** @returns the root itself where no inner class has a step */
function widener({ nested = [] }: StateShape): (root: RecordShape) => RecordShape {
  const older = new Map(nested.map(({ from, to }) => [to.source, from]));
  const made = new Map<string, Shape>();

  function reaches(shape: Shape): boolean {
    return shapesOf([shape]).some((part) => part.kind === "record" && older.has(part.source));
  }

  function widen(shape: Shape): Shape {
    if (!reaches(shape)) return shape;
    if (shape.kind === "record" && older.has(shape.source)) return led(shape);
    return shape.kind === "record" ? body(shape) : container(shape);
  }

  function container(shape: Shape): Shape {
    const known = made.get(keyOf(shape));
    if (known) return known;
    const wide = withParts(shape);
    made.set(keyOf(shape), wide);
    return wide;
  }

  function withParts(shape: Shape): Shape {
    switch (shape.kind) {
      case "list":
      case "set":
      case "option":
        return { ...shape, form: "wide", element: widen(shape.element) };
      case "map":
        return { ...shape, form: "wide", key: widen(shape.key), value: widen(shape.value) };
      case "primitive":
      case "bytes":
      case "typed":
      case "record":
      case "result":
      case "enum":
        throw new Error(`no ${shape.kind} is made of classes`);
    }
  }

  /** A class in whose place objects of older classes may stand. */
  function led(newest: RecordShape): Shape {
    const key = `led ${newest.source}`;
    const known = made.get(key);
    if (known) return known;
    const branches: RecordShape[] = [];
    const shape: RecordShape = { ...newest, form: "led", branches };
    made.set(key, shape);
    for (let one: RecordShape | undefined = newest; one; one = older.get(one.source))
      branches.push(body(one));
    return shape;
  }

  /** The fields of a class. */
  function body(record: RecordShape): RecordShape {
    if (!record.fields.some(({ shape }) => reaches(shape))) return record;
    const known = made.get(keyOf(record));
    if (known) return known as RecordShape;
    const fields: FieldShape[] = [];
    const shape: RecordShape = { ...record, form: "wide", fields };
    made.set(keyOf(record), shape);
    for (const field of record.fields) fields.push({ ...field, shape: widen(field.shape) });
    return shape;
  }

  return body;
}
