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
