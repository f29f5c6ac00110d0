/** A page of results: headings, tables and lines, printed as they come. */
import { plain } from "../plain.ts";
import type { Terminal } from "../terminal.ts";
import { table } from "./table.ts";

/** The most rows of a table that are shown. */
const MOST = 60;

/** Prints a heading, after an empty line. */
export function heading(terminal: Terminal, text: string): void {
  terminal.print();
  terminal.print(terminal.style("bold", plain(text)));
}

/**
 * Prints a table: the first rows of a long one, and the number of the others.
 *
 * @param rows cells may contain any text
 * @param right the columns of numbers
 */
export function rows(
  terminal: Terminal,
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): void {
  const { columns } = terminal;
  for (const line of table(rows.slice(0, MOST), { columns, right })) terminal.print(line);
  const more = rows.length - MOST;
  if (more > 0) terminal.print(`  … and ${count(more)} more; --json has them all`);
}

/** `1,234,567` */
export function count(number: number): string {
  return number.toLocaleString("en");
}

/** In the largest unit without a fraction: `64 KiB`, `1,234 bytes`. */
export function bytes(number: number): string {
  const [unit, size] = UNITS.find(([, size]) => number >= size && number % size === 0) ?? ["bytes", 1];
  return number === 1 ? "1 byte" : `${count(number / size)} ${unit}`;
}

const UNITS = [
  ["GiB", 2 ** 30],
  ["MiB", 2 ** 20],
  ["KiB", 2 ** 10],
] as const;
