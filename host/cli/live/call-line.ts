/** A call as it is typed at a prompt: `visit "/about" 3`, or `visit("/about", 3)`. */

export interface CallLine {
  readonly name: string;
  /** The arguments as they were typed: JSON, or words. */
  readonly args: readonly string[];
}

const OPEN = "[{";
const CLOSE = "]}";

/** Parses a line. A quoted text, a list and an object are one argument each, with everything inside. */
export function callLine(line: string): CallLine {
  const [, name = "", rest = ""] = /^\s*([^\s(,]*)\s*(.*?)\s*$/s.exec(line) ?? [];
  const inner = rest.startsWith("(") && rest.endsWith(")") ? rest.slice(1, -1) : rest;
  return { name, args: words(inner) };
}

function words(text: string): string[] {
  const found: string[] = [];
  let word = "";
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (quoted) {
      word += character;
      if (character === "\\") word += text[++i] ?? "";
      else if (character === '"') quoted = false;
      continue;
    }
    if (depth === 0 && /[\s,]/.test(character)) {
      if (word !== "") found.push(word);
      word = "";
      continue;
    }
    if (character === '"') quoted = true;
    if (OPEN.includes(character)) depth++;
    if (CLOSE.includes(character)) depth = Math.max(0, depth - 1);
    word += character;
  }
  return word === "" ? found : [...found, word];
}
