/** Wraps lines between words, for a terminal. */

/** @param indent the indentation of continued lines */
export function wrap(text: string, columns: number, indent: number): string {
  return text
    .split("\n")
    .flatMap((line) => broken(line, columns, " ".repeat(indent)))
    .join("\n");
}

function broken(line: string, columns: number, before: string): string[] {
  const lines: string[] = [];
  let current = "";
  for (const [i, word] of line.split(" ").entries()) {
    const longer = i === 0 ? word : `${current} ${word}`;
    if (longer.length <= columns || current.trim() === "") current = longer;
    else {
      lines.push(current.trimEnd());
      current = before + word;
    }
  }
  return [...lines, current];
}

/** Wraps between words, at the current width of the terminal; a pipe has no width. */
export function fold(out: NodeJS.WriteStream, text: string): string {
  return out.isTTY && out.columns ? wrap(text, out.columns, 2) : text;
}
