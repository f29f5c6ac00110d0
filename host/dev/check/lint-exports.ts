/**
 * The exports of a module: what the manifest declares, with the types that the ABI requires, and nothing
 * unknown.
 */
import {
  AbiError,
  type CoreType,
  coreSignature,
  type FunctionType,
  LIMITS,
  layout,
  match,
  passing,
  type ValueType,
  v1,
} from "../../../abi/tools.ts";
import type { Linting } from "./linting.ts";

/** Core types of a function: `(i32, i32) -> i32`. */
export interface CoreShape {
  readonly params: readonly CoreType[];
  readonly results: readonly CoreType[];
}

const NOTHING: CoreShape = { params: [], results: [] };
const ANSWER: CoreShape = { params: [], results: ["i32"] };
const REALLOC: CoreShape = { params: ["i32", "i32", "i32", "i32"], results: ["i32"] };

/** The exports for hooks and state, and whether each of them requires a state. */
const HOOKS: readonly (readonly [name: string, shape: CoreShape, ofState: boolean])[] = [
  [v1.INITIALIZE, NOTHING, false],
  [v1.START, NOTHING, false],
  [v1.STOP, NOTHING, false],
  [v1.SAVE, ANSWER, true],
  [v1.RESTORE, { params: ["i32"], results: [] }, true],
  [v1.RESTORED, NOTHING, true],
  [v1.CHECK_STATE, ANSWER, false],
];

export function lintExports(linting: Linting): void {
  const { code, core, manifest, error, warn } = linting;
  const kinds = new Map(WebAssembly.Module.exports(code).map(({ name, kind }) => [name, kind]));
  const known = new Set<string>([v1.REALLOC, v1.MEMORY_EXPORT]);

  const shaped = (name: string, wanted: CoreShape): void => {
    known.add(name);
    const found = core?.exports.get(name);
    if (kinds.get(name) !== "function") error(`it exports ${name}, which is no function`);
    else if (core && !found) error(`its export ${name} takes or answers values that hosts cannot make`);
    else if (found && shape(found) !== shape(wanted)) {
      error(`its export ${name} is ${shape(found)}, and the ABI wants ${shape(wanted)}`);
    }
  };

  for (const each of manifest.exports) {
    const name = manifest.interface === undefined ? each.name : `${manifest.interface}#${each.name}`;
    const wanted = coreShape(each, "export", (problem) =>
      error(`its function ${each.name} cannot be called: ${problem}`),
    );
    known.add(name);
    if (!kinds.has(name)) error(`it has no export ${name}, which its manifest calls for`);
    else if (wanted) {
      shaped(name, wanted);
      if (kinds.has(v1.POST + name)) shaped(v1.POST + name, { params: wanted.results, results: [] });
    }
    known.add(v1.POST + name);
  }

  for (const [name, wanted, ofState] of HOOKS) {
    known.add(name);
    if (!kinds.has(name)) continue;
    shaped(name, wanted);
    if (ofState && !manifest.state)
      warn(`it exports ${name}, and its manifest has no state, so no host calls it`);
  }
  for (const name of [v1.SAVE, v1.RESTORE]) {
    if (manifest.state && !kinds.has(name)) error(`it has no export ${name}, which its state calls for`);
  }

  if (kinds.has(v1.REALLOC)) shaped(v1.REALLOC, REALLOC);
  else {
    const needs = whatNeedsRealloc(linting);
    if (needs !== undefined) error(`it has no export ${v1.REALLOC}, which ${needs} calls for`);
  }

  const strangers = [...kinds.keys()].filter((name) => !known.has(name) && !OURS.test(name));
  if (strangers.length > 0) {
    const more = strangers.length > 5 ? ` and ${strangers.length - 5} more` : "";
    warn(
      `it exports what neither the ABI nor its manifest knows: ${strangers.slice(0, 5).join(", ")}${more}`,
    );
  }
}

/** Markers, globals for copies (see `lint-memory.ts`), and a component's type. */
const OURS = /^(moult_abi_\d+$|moult:global\/|component-type)/;

/** The core type that the ABI gives a function, or the ABI's error for a type that it does not have. */
export function coreShape(
  type: FunctionType,
  direction: "export" | "import",
  onProblem: (problem: string) => void,
): CoreShape | undefined {
  try {
    const { params, results } = coreSignature(type, direction);
    // Some refusals of the ABI concern names, and only show when a type is first used.
    for (const param of type.params) passing(param.type, param.name);
    if (type.result !== undefined) passing(type.result, "its result");
    return { params, results };
  } catch (cause) {
    if (!(cause instanceof AbiError)) throw cause;
    onProblem(cause.message);
    return undefined;
  }
}

export function shape({ params, results }: CoreShape): string {
  return `(${params.join(", ")})${results.length === 0 ? "" : ` -> ${results.join(", ")}`}`;
}

function whatNeedsRealloc({ manifest }: Linting): string | undefined {
  for (const each of manifest.exports) {
    if (each.params.some(({ type }) => pointsAt(type)) || spills(each)) return `its function ${each.name}`;
  }
  for (const owner of manifest.imports) {
    const found = owner.functions.find(({ result }) => result !== undefined && pointsAt(result));
    if (found) return `${owner.interface}, ${found.name}`;
  }
  return undefined;
}

/** Whether the parameters are too many core values, and so are passed in memory. */
function spills(type: FunctionType): boolean {
  if (!coreShape(type, "export", () => {})) return false;
  const width = type.params.reduce((sum, param) => sum + layout(param.type).flat.length, 0);
  return width > LIMITS.flatParams;
}

/** Whether values of a type need memory that the host has to allocate. */
export function pointsAt(type: ValueType): boolean {
  const maybe = (each: ValueType | undefined) => each !== undefined && pointsAt(each);
  return match<boolean>(type, {
    primitive: (name) => name === "string",
    list: ({ list, length }) => length === undefined || pointsAt(list),
    record: ({ record }) => record.some((field) => pointsAt(field.type)),
    tuple: ({ tuple }) => tuple.some(pointsAt),
    option: ({ option }) => pointsAt(option),
    result: ({ result }) => maybe(result.ok) || maybe(result.err),
    enum: () => false,
    flags: () => false,
    variant: ({ variant }) => variant.some((each) => maybe(each.type)),
    map: () => true,
  });
}
