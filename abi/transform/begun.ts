/**
 * Parts of a state whose first value is the object of a variable: a restore fills existing parts, and would
 * put the restored content into that variable's object.
 */
import { type Expression, type FieldDeclaration, type Node, NodeKind, type Range } from "./compiler.ts";
import { isPart } from "./parts.ts";
import { recordsOf } from "./recursion.ts";
import { isInConstructor } from "./scope.ts";
import type { RecordShape } from "./shape.ts";
import { assignedBy, bare } from "./tree.ts";
import type { Use, Variable } from "./variables.ts";

export interface Begun {
  readonly range: Range;
  readonly message: string;
}

/** @param variables variables with an object outside of the state */
export function begunAs(root: RecordShape, variables: readonly Variable[]): readonly Begun[] {
  const classes = recordsOf([root]);
  return variables.flatMap(({ name, uses }) =>
    uses.flatMap((use) => {
      const field = fieldOf(use);
      const owner = classes.find(({ range }) => range === field?.owner);
      const part = owner?.fields.find((one) => one.name === field?.name);
      if (!owner || !part || !isPart(part.shape)) return [];
      const what = `${owner.name}.${part.name} begins as ${name} itself`;
      const message = `${what}, into which a restore would put what comes back: make a new object for it`;
      return [{ range: use.node.range, message }];
    }),
  );
}

/** The field whose first value a use gives: in its initializer, or in the constructor. */
function fieldOf({ node, above }: Use): { readonly owner: Range; readonly name: string } | undefined {
  const over = above.find((one) => bare(one as Expression) === one);
  const owner = above.find(({ kind }) => kind === NodeKind.ClassDeclaration) as { name: Node } | undefined;
  if (!over || !owner) return undefined;
  const home = owner.name.range;
  if (over.kind === NodeKind.FieldDeclaration) {
    const { name, initializer } = over as FieldDeclaration;
    return initializer && bare(initializer) === node ? { owner: home, name: name.text } : undefined;
  }
  const target = assignedBy(over);
  if (!isInConstructor(above) || target?.kind !== NodeKind.PropertyAccess || target === node)
    return undefined;
  const object = target.expression && bare(target.expression);
  return object?.kind === NodeKind.This ? { owner: home, name: target.property?.text ?? "" } : undefined;
}
