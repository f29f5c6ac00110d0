/** What the entry file exports: the plugin's interface, and its hooks. */
import {
  type DeclaredElement,
  ElementKind,
  type File,
  type FunctionPrototype,
  type Program,
  type Source,
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
 * Describes all that the entry exports; what cannot be exported becomes an error of the program.
 *
 * @param program the shadow, where types are known
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
      const prototype = functionOf(name, element);
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
  return { functions, hooks };
}

/** With what `export *` brings, in the order of the file. */
function exportsOf(program: Program, entry: Source): ReadonlyMap<string, DeclaredElement> {
  const all = new Map<string, DeclaredElement>();
  const collect = (file: File | undefined): void => {
    for (const [name, element] of file?.exports ?? []) if (!all.has(name)) all.set(name, element);
    for (const star of file?.exportsStar ?? []) collect(star);
  };
  collect(program.filesByName.get(entry.internalPath));
  return all;
}

/** Types are exported for other files, not for the host. */
function functionOf(name: string, element: DeclaredElement): FunctionPrototype | undefined {
  const { range } = element.declaration.name;
  if (name === "default")
    throw new Refusal(range, "a default export has no name in WIT: write export function name()");
  switch (element.kind) {
    case ElementKind.FunctionPrototype:
      return element as FunctionPrototype;
    case ElementKind.Global:
      throw new Refusal(
        range,
        `${name} is a variable, and the host calls functions: write export function ${name}()`,
      );
    case ElementKind.Namespace:
      throw new Refusal(range, `${name} is a namespace: export its functions by themselves`);
    default:
      return undefined;
  }
}
