/** Generates the conversion of objects of older classes inside a state to objects of today's classes. */
import type { RecordShape, Shape } from "./shape.ts";
import { isLed, type Walk } from "./walk.ts";

export interface Leading {
  /** An expression that takes an object of a class. */
  readonly take: (shape: RecordShape) => string;
  readonly walk: Walk;
}

type Led = RecordShape & { readonly branches: readonly RecordShape[] };

/**
 * The body of a function that takes an object which may be of an older class, after the number of its class.
 */
export function takeLed(shape: Led, { take, walk }: Leading): string {
  const { branches } = shape;
  const [newest, ...older] = branches.map((branch) => led(branch, shape, { take, walk }));
  const index = `avro.takeIndex(${branches.length}, "a branch", place)`;
  return `  const branch = ${index};\n${choice(older, 1)}  return ${newest};\n`;
}

/** The same for an object that may be missing: of an option, whose null comes first. */
export function takeLedOrNull(shape: Led, { take, walk }: Leading): string {
  const { branches } = shape;
  const all = branches.map((branch) => led(branch, shape, { take, walk }));
  const index = `avro.takeIndex(${branches.length + 1}, "a branch", place)`;
  return `  const branch = ${index};\n${choice(all, 1)}  return null;\n`;
}

/** The element of an option whose objects may be of older classes. */
export function ledElement(shape: Shape): Led | undefined {
  return shape.kind === "option" && isLed(shape.element) ? shape.element : undefined;
}

function choice(values: readonly string[], first: number): string {
  return values.map((value, i) => `  if (branch == ${first + i}) return ${value};\n`).join("");
}

/** Converts an object through each `from` between its class and the newest. */
function led(branch: RecordShape, newest: RecordShape, { take, walk }: Leading): string {
  return walk.steps(branch, newest).reduce((value, { to }) => `${to.source}.from(${value})`, take(branch));
}
