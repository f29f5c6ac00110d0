import type { TypeNode } from "./compiler.ts";

/** The type as the author wrote it. */
export function textOf(node: TypeNode): string {
  return node.range.source.text.slice(node.range.start, node.range.end);
}
