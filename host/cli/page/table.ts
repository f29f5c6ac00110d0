/** Aligned rows for a terminal. Cells may contain any text: control characters are removed here. */
import { plain } from "../plain.ts";

export interface TableOptions {
  /** The width of the terminal. */
  readonly columns: number;
  /** The columns of numbers, counted from 0, which are aligned to the right. @default none */
  readonly right?: readonly number[];
}

const INDENT = "  ";
const GAP = "   ";
/** The greatest width of a column that others follow. */
const WIDEST = 44;
/** The least width of the last column, however narrow the terminal is. */
const NARROWEST = 24;

/** @returns lines. A last column that does not fit is broken into several lines; others are cut. */
export function table(rows: readonly (readonly string[])[], options: TableOptions): string[] {
  const { columns, right = [] } = options;
  const cells = rows.map((row) =>
    row.map((cell, i) => (i < row.length - 1 ? cut(plain(cell), WIDEST) : plain(cell))),
  );
  const last = Math.max(0, ...cells.map((row) => row.length - 1));
  const widths = Array.from({ length: last + 1 }, (_, i) =>
    Math.max(0, ...cells.map((row) => (row[i] ?? "").length)),
  );
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + GAP.length, INDENT.length);
  const room = Math.max(NARROWEST, columns - before);
  return cells.flatMap((row) => {
    const head = row
      .slice(0, last)
      .map((cell, i) => `${right.includes(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)}${GAP}`)
      .join("");
    const tail = row[last] ?? "";
    const aligned = right.includes(last) ? tail.padStart(Math.min(room, widths[last]!)) : tail;
    return broken(aligned, room).map((line, i) =>
      `${INDENT}${i === 0 ? head : " ".repeat(before - INDENT.length)}${line}`.trimEnd(),
    );
  });
}

/** The text, shortened to at most `most` characters. */
export function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** Breaks at the last space that fits; without a space, in the middle of a word. */
function broken(text: string, room: number): string[] {
  const lines: string[] = [];
  let from = 0;
  while (text.length - from > room) {
    const space = text.lastIndexOf(" ", from + room);
    const to = space > from ? space : from + room;
    lines.push(text.slice(from, to));
    from = space > from ? to + 1 : to;
  }
  return [...lines, text.slice(from)];
}
