/** Text in lines that a terminal does not break. */

/**
 * @param columns of the terminal
 * @param indent of every line but the first, which the caller begins
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

/** The beginning of a text, when there is no end to it. */
export function clip(text: string, most = 600): string {
  return text.length <= most ? text : `${text.slice(0, most)}... (${text.length} characters)`;
}

/** What sets colours and moves the cursor takes no room. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with one
const UNSEEN = /\x1b\[[0-9;]*[A-Za-z]/g;
/** A line of somebody's source, and the mark under it: broken, they would no longer show a place. */
const SOURCE = /^ *(\d+ \| |\^+$)/;

/**
 * Lines of any text, broken between words where they are longer than the terminal is wide. A word that is longer, like a
 * path, stays whole: it can be copied then.
 *
 * @param indent of what goes on from a line. @default as far as the line itself is indented
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
