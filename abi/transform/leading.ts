/** Writes how objects of older classes inside a state become objects of today's. */
import type { RecordShape, Shape } from "./shape.ts";
import { isLed, type Walk } from "./walk.ts";

export interface Leading {
  /** An expression that takes an object of a class. */
  readonly take: (shape: RecordShape) => string;
  readonly walk: Walk;
}

type Led = RecordShape & { readonly branches: readonly RecordShape[] };

/** The body of a function that takes an object which may be of an older class, with its number before it. */
export function takeLed(shape: Led, { take, walk }: Leading): string {
  const { branches } = shape;
  const [newest, ...older] = branches.map((branch) => led(branch, shape, { take, walk }));
  const index = `avro.takeIndex(${branches.length}, "a branch", place)`;
  return `  const branch = ${index};\n${choice(older, 1)}  return ${newest};\n`;
}

/** The same where there may be nothing: of an option that is null, which comes first. */
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

/** Led through each `from` that lies between its class and the newest. */
function led(branch: RecordShape, newest: RecordShape, { take, walk }: Leading): string {
  return walk.steps(branch, newest).reduce((value, { to }) => `${to.source}.from(${value})`, take(branch));
}
