/** Walks over the author's syntax trees. */
import { type Expression, type Node, NodeKind } from "./compiler.ts";
import { TokenKind } from "./token-kind.ts";

/** A node, and the nodes around it, the innermost first. */
export type Visit = (node: Node, above: readonly Node[]) => void;

/** Visits every node below some statements, each before its parts. */
export function visitAll(statements: readonly Node[], visit: Visit): void {
  const above: Node[] = [];
  const seen = new Set<Node>();
  const enter = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    visit(node, above);
    above.unshift(node);
    for (const part of partsOf(node)) enter(part);
    above.shift();
  };
  statements.forEach(enter);
}

/** The direct parts of a node, in the order of its members. */
export function partsOf(node: Node): Node[] {
  return Object.values(node).flatMap((value) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  );
}

/** A range points back at its source, which is a node too, but not a part. */
function isNode(value: unknown): value is Node {
  if (typeof value !== "object" || value === null) return false;
  const { kind, range } = value as Partial<Node>;
  return typeof kind === "number" && kind !== NodeKind.Source && typeof range === "object" && range !== null;
}

/** An expression without the parentheses and assertions around it. */
export function bare(expression: Expression): Expression {
  const { kind, expression: inner } = expression;
  return (kind === NodeKind.Parenthesized || kind === NodeKind.Assertion) && inner ? bare(inner) : expression;
}

/** The target of an assignment: `x` of `x = 1`, `x += 1`, `x++`. */
export function assignedBy(node: Node): Expression | undefined {
  const { kind, operator = 0, left, operand } = node as Expression;
  if (kind === NodeKind.Binary) return left && isAssignment(operator) ? bare(left) : undefined;
  if (kind !== NodeKind.UnaryPrefix && kind !== NodeKind.UnaryPostfix) return undefined;
  const steps = operator === TokenKind.PlusPlus || operator === TokenKind.MinusMinus;
  return steps && operand ? bare(operand) : undefined;
}

function isAssignment(operator: number): boolean {
  return operator >= TokenKind.Equals && operator <= TokenKind.CaretEquals;
}

/** The text of a node, on one line, and cut if it is long. */
export function textAt({ range }: Node, most = 40): string {
  const text = range.source.text.slice(range.start, range.end).replaceAll(/\s+/g, " ");
  return text.length > most ? `${text.slice(0, most - 3)}...` : text;
}

/** The text of an expression in a form that can stand in the place of a name. */
export function inPlaceOfName(expression: Expression): string {
  const text = textAt(expression, 200);
  const { kind } = expression;
  const loose = kind === NodeKind.Ternary || kind === NodeKind.Binary || kind === NodeKind.Assertion;
  return loose && !text.endsWith("!") ? `(${text})` : text;
}
