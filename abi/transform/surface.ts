/** The exports of the entry file: the plugin's interface, and its hooks. */
import {
  CommonFlags,
  type DeclaredElement,
  DiagnosticCode,
  ElementKind,
  type Expression,
  type File,
  type FunctionPrototype,
  LiteralKind,
  NodeKind,
  type Program,
  type Source,
  type VariableDeclaration,
} from "./compiler.ts";
import type { Describer } from "./describe.ts";
import { docsOf } from "./doc-comment.ts";
import { type Hooks, hookOf } from "./hook.ts";
import { checkNames } from "./names.ts";
import { Refusal, refusing } from "./refusal.ts";
import type { FunctionShape } from "./shape.ts";
import { describeFunction } from "./signature.ts";
import type { Spelling } from "./spelling.ts";

export interface Surface {
  readonly functions: readonly FunctionShape[];
  readonly hooks: Hooks;
}

/**
 * Describes all exports of the entry; an export that is impossible becomes an error of the program.
 *
 * @param program the shadow, in which types are resolved
 */
export function surface(
  program: Program,
  entry: Source,
  { describe, spelling }: { describe: Describer; spelling: Spelling },
): Surface {
  const functions: FunctionShape[] = [];
  const hooks: Hooks = {};
  for (const [name, element] of exportsOf(program, entry)) {
    refusing(program, () => {
      const prototype = functionOf(name, element, program);
      if (prototype === undefined) return;
      const hook = hookOf(name, prototype, program);
      if (hook !== undefined) hooks[hook] = prototype;
      else {
        const shape = describeFunction(prototype, { name, source: spelling.of(prototype), describe });
        const docs = docsOf(prototype.declaration);
        functions.push(docs === undefined ? shape : { ...shape, docs });
      }
    });
  }
  refusing(program, () => checkNames(functions));
  if (functions.length === 0 && hooks.start === undefined) warnOfNothing(program, entry);
  return { functions, hooks };
}

/** Warns about a file without functions to call, which builds and loads all the same. */
function warnOfNothing(program: Program, entry: Source): void {
  const all = [...exportsOf(program, entry)];
  // Faults in these are reported by themselves.
  if (all.some(([, { kind }]) => kind === ElementKind.FunctionPrototype || kind === ElementKind.Namespace))
    return;
  const found = all.length === 0 ? "nothing" : `only ${all.map(([name]) => name).join(", ")}`;
  const message = `this plugin exports ${found}, so a host has nothing to call: write export function name()`;
  const range = all[0]?.[1].declaration.name.range ?? entry.range;
  program.warning(DiagnosticCode.Transform_0_1, range, "moult", message);
}

/** All exports, including those of `export *`, in the order of the file. */
function exportsOf(program: Program, entry: Source): ReadonlyMap<string, DeclaredElement> {
  const all = new Map<string, DeclaredElement>();
  const collect = (file: File | undefined): void => {
    for (const [name, element] of file?.exports ?? []) if (!all.has(name)) all.set(name, element);
    for (const star of file?.exportsStar ?? []) collect(star);
  };
  collect(program.filesByName.get(entry.internalPath));
  return all;
}

/** Types and constants are exported for other files, not for the host. */
function functionOf(name: string, element: DeclaredElement, program: Program): FunctionPrototype | undefined {
  const { range } = element.declaration.name;
  if (name === "default")
    throw new Refusal(range, "a default export has no name in WIT: write export function name()");
  switch (element.kind) {
    case ElementKind.FunctionPrototype:
      return element as FunctionPrototype;
    case ElementKind.Global:
      leaveOut(program, name, element);
      return undefined;
    case ElementKind.Namespace:
      throw new Refusal(range, `${name} is a namespace: export its functions by themselves`);
    default:
      return undefined;
  }
}

/**
 * A constant that is readable in the source is not part of the interface, so that one source can be both a
 * plugin and a module of plain AssemblyScript. Any other exported variable is refused, because a host might
 * expect to see its value, and cannot.
 */
function leaveOut(program: Program, name: string, element: DeclaredElement): void {
  const { name: identifier, initializer, flags } = element.declaration as VariableDeclaration;
  const { range } = identifier;
  if ((flags & CommonFlags.Const) !== 0 && initializer !== null && isWrittenOut(initializer)) {
    const message = `${name} is left out of the interface: a host calls functions, and sees no constants`;
    program.info(DiagnosticCode.Transform_0_1, range, "moult", message);
    return;
  }
  throw new Refusal(
    range,
    `${name} is a variable, and the host calls functions: write export function ${name}(); ` +
      "only a constant whose value is written out, like 3, -1 or 60 * 1000, may stay, for other files",
  );
}

/** A number, text or bool, or a sum of such. */
function isWrittenOut({ kind, literalKind, operand, left, right, expression }: Expression): boolean {
  switch (kind) {
    case NodeKind.True:
    case NodeKind.False:
    case NodeKind.Null:
      return true;
    case NodeKind.Literal:
      return WRITTEN.some((known) => known === literalKind);
    case NodeKind.UnaryPrefix:
      return operand !== undefined && isWrittenOut(operand);
    case NodeKind.Binary:
      return [left, right].every((side) => side !== undefined && isWrittenOut(side));
    case NodeKind.Parenthesized:
    case NodeKind.Assertion:
      return expression !== undefined && isWrittenOut(expression);
    default:
      return false;
  }
}

const WRITTEN = [LiteralKind.Float, LiteralKind.Integer, LiteralKind.String];
