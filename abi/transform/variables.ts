/** The variables of a program that outlive a call: those at the top of a file, and static fields. */
import {
  CommonFlags,
  type Declaration,
  ElementKind,
  type Expression,
  type File,
  type Global,
  type Node,
  type Program,
} from "./compiler.ts";
import { namedBy } from "./scope.ts";
import { assignedBy, bare, visitAll } from "./tree.ts";

export interface Variable {
  /** `counter`, `Item.next`. */
  readonly name: string;
  readonly element: Global;
  readonly declaration: Global["declaration"];
  /** Wherever the author's code names it, with what it stands in. */
  readonly uses: readonly Use[];
  /** Whether something is assigned to it after its initializer. */
  readonly assigned: boolean;
}

/** Where a variable is named, and what that stands in, the innermost first. */
export interface Use {
  readonly node: Expression;
  readonly above: readonly Node[];
}

/** The author's own, in the order of the files; not those of libraries. */
export function variablesOf(program: Program): readonly Variable[] {
  const found = new Map<Declaration, Use[]>();
  const globals = [...program.elementsByDeclaration.values()].filter(isVariable);
  for (const { declaration } of globals) found.set(declaration, []);
  for (const file of ownFiles(program)) {
    visitAll(file.source.statements, (node, above) => {
      const element = namedBy(node as Expression, { file, above });
      const uses = element && found.get(element.declaration);
      if (uses && (node as Node) !== element.declaration.name)
        uses.push({ node: node as Expression, above: [...above] });
    });
  }
  return globals.map((element) => {
    const uses = found.get(element.declaration)!;
    const { parent, declaration } = element;
    const owner = parent.kind === ElementKind.ClassPrototype ? `${parent.name}.` : "";
    return {
      name: owner + element.name,
      element,
      declaration,
      uses,
      assigned: uses.some(({ node, above }) => above[0] !== undefined && assignedBy(outOf(above)) === node),
    };
  });
}

/** The first node above that is neither a parenthesis nor an assertion. */
function outOf(above: readonly Node[]): Node {
  return above.find((node) => bare(node as Expression) === node) ?? above[0]!;
}

export function ownFiles(program: Program): readonly File[] {
  return [...program.filesByName.values()].filter(({ source }) => source !== undefined && !source.isLibrary);
}

function isVariable(element: { readonly kind: number }): element is Global {
  if (element.kind !== ElementKind.Global) return false;
  const { declaration } = element as Global;
  return !declaration.range.source.isLibrary && (declaration.flags & CommonFlags.Ambient) === 0;
}
