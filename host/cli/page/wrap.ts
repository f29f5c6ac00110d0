/** Text in lines that fit the terminal. */

/**
 * @param columns the width of the terminal
 * @param indent the indentation of every line but the first, which the caller begins
 */
export function wrap(text: string, columns: number, indent: number): string[] {
  const width = Math.max(columns - indent, 20);
  const lines: string[] = [];
  let line = "";
  for (let word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = "";
    }
    for (; word.length > width; word = word.slice(width)) lines.push(word.slice(0, width));
    line = line === "" ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.map((each, i) => (i === 0 ? each : " ".repeat(indent) + each));
}

/** The beginning of a very long text. */
export function clip(text: string, most = 600): string {
  return text.length <= most ? text : `${text.slice(0, most)}... (${text.length} characters)`;
}

/** Sequences that set colours or move the cursor have no width. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with one
const UNSEEN = /\x1b\[[0-9;]*[A-Za-z]/g;
/** A line of source code, or the mark under it: broken, they would not show the place any more. */
const SOURCE = /^ *(\d+ \| |\^+$)/;

/**
 * Any text, with lines broken between words where they are longer than the terminal is wide. A longer word,
 * like a path, stays whole, so that it can be copied.
 *
 * @param indent the indentation of continued lines.
 * @default as far as the line itself is indented
 */
export function fold(text: string, columns: number, indent?: number): string {
  return text
    .split("\n")
    .map((line) => fitted(line, columns, indent ?? line.length - line.trimStart().length))
    .join("\n");
}

function fitted(line: string, columns: number, indent: number): string {
  if (seen(line) <= columns || SOURCE.test(line)) return line;
  const before = " ".repeat(Math.min(indent, Math.max(0, columns - NARROWEST)));
  const lines: string[] = [];
  let current = "";
  for (const [i, word] of line.split(" ").entries()) {
    const longer = i === 0 ? word : `${current} ${word}`;
    if (seen(longer) <= columns || current.trim() === "") current = longer;
    else {
      lines.push(current.trimEnd());
      current = before + word;
    }
  }
  return [...lines, current].join("\n");
}

/** What goes on gets at least so much, however narrow the terminal is. */
const NARROWEST = 20;

/** The width of a text. */
function seen(text: string): number {
  return text.replace(UNSEEN, "").length;
}
