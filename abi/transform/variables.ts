/** The variables of a program that outlive a call: those at the top of a file, and static fields. */
import {
  CommonFlags,
  type Declaration,
  ElementKind,
  type Expression,
  type File,
  type Global,
  type Node,
  NodeKind,
  type Program,
} from "./compiler.ts";
import { namedBy, type Scope } from "./scope.ts";
import { assignedBy, bare, visitAll } from "./tree.ts";

export interface Variable {
  /** `counter`, `Item.next`. */
  readonly name: string;
  readonly element: Global;
  readonly declaration: Global["declaration"];
  /** All places where the author's code names it, with the nodes around. */
  readonly uses: readonly Use[];
  /** Whether it is assigned to after its initializer. */
  readonly assigned: boolean;
}

/** A place where a variable is named, and the nodes around, the innermost first. */
export interface Use {
  readonly node: Expression;
  readonly above: readonly Node[];
}

/** An assignment to a property. */
export interface Assignment {
  readonly node: Node;
  /** The target of the assignment: `book.orders`. */
  readonly target: Expression;
  readonly scope: Scope;
}

/**
 * The variables of an author's program that outlive a call, and its assignments to properties, in the order
 * of the files.
 */
export interface Survey {
  readonly variables: readonly Variable[];
  readonly assignments: readonly Assignment[];
}

/** Reads the author's own files, and not those of libraries. */
export function survey(program: Program): Survey {
  const found = new Map<Declaration, Use[]>();
  const globals = [...program.elementsByDeclaration.values()].filter(isVariable);
  for (const { declaration } of globals) found.set(declaration, []);
  // Most names are those of locals and methods, which need not be resolved.
  const names = new Set(globals.map(({ name }) => name));
  const assignments: Assignment[] = [];
  for (const file of ownFiles(program)) {
    visitAll(file.source.statements, (node, above) => {
      const target = assignedBy(node);
      if (target?.kind === NodeKind.PropertyAccess) {
        assignments.push({ node, target, scope: { file, above: [...above] } });
      }
      const { text, property } = node as Expression;
      if (!names.has(property?.text ?? text ?? "")) return;
      const element = namedBy(node as Expression, { file, above });
      const uses = element && found.get(element.declaration);
      if (uses && (node as Node) !== element.declaration.name)
        uses.push({ node: node as Expression, above: [...above] });
    });
  }
  return {
    variables: globals.map((element) => variableOf(element, found.get(element.declaration)!)),
    assignments,
  };
}

function variableOf(element: Global, uses: readonly Use[]): Variable {
  const { parent, declaration } = element;
  const owner = parent.kind === ElementKind.ClassPrototype ? `${parent.name}.` : "";
  return {
    name: owner + element.name,
    element,
    declaration,
    uses,
    assigned: uses.some(({ node, above }) => above[0] !== undefined && assignedBy(outOf(above)) === node),
  };
}

/** The first node above that is neither a parenthesis nor an assertion. */
function outOf(above: readonly Node[]): Node {
  return above.find((node) => bare(node as Expression) === node) ?? above[0]!;
}

function ownFiles(program: Program): readonly File[] {
  return [...program.filesByName.values()].filter(({ source }) => source !== undefined && !source.isLibrary);
}

function isVariable(element: { readonly kind: number }): element is Global {
  if (element.kind !== ElementKind.Global) return false;
  const { declaration } = element as Global;
  return !declaration.range.source.isLibrary && (declaration.flags & CommonFlags.Ambient) === 0;
}
