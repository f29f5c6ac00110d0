/** The doc comment above a declaration, read from the text, because the parser drops comments. */
import type { FunctionDeclaration } from "./compiler.ts";

/** UTF-16 units of a comment that are kept: the manifest allows no more. */
const MOST = 4096;

/** The text that may stand between a doc comment and the name of a function. */
const BETWEEN = /(?:\bfunction|\bexport|@[\w.]+(?:\([^()\n]*\))?)$/;

/** @returns its text without stars, or `undefined` without one */
export function docsOf({ name }: FunctionDeclaration): string | undefined {
  const { source, start } = name.range;
  let head = source.text.slice(0, start).trimEnd();
  for (;;) {
    // The pattern is tried at every position, of which a file has too many.
    const found = BETWEEN.exec(head.slice(-256));
    if (!found) break;
    head = head.slice(0, head.length - found[0].length).trimEnd();
  }
  const text = bodyOf(head)
    .split(/\r?\n/)
    .map((line) => line.replace(/^\s*\*? ?/, "").trimEnd())
    .join("\n")
    .trim();
  if (text.length <= MOST) return text || undefined;
  return `${text.slice(0, MOST - 3).replace(/[\ud800-\udbff]$/, "")}...`;
}

/**
 * The doc comment at the end of a text, or nothing. It has to begin a line, because strings may contain text
 * that looks like one.
 */
function bodyOf(head: string): string {
  if (!head.endsWith("*/")) return "";
  const last = head.lastIndexOf("*/", head.length - 3);
  const since = last < 0 ? head : head.slice(last + 2);
  const begin = /^[ \t]*\/\*\*/m.exec(since) ?? /\/\*\*/.exec(since);
  return begin ? since.slice(begin.index + begin[0].length, -2) : "";
}
