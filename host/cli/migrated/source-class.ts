/** Finds a class or an enum in an author's file, without a compiler. */

export interface SourceClass {
  /** The offset of its comment, its decorators or itself, where text can be inserted above it. */
  readonly start: number;
  /** The offset of its keyword `class` or `enum`, or of `export` before that. */
  readonly head: number;
  /** The offsets just behind the opening brace, and of the closing one. */
  readonly open: number;
  readonly close: number;
  /** White space before its line. */
  readonly indent: string;
}

/** @returns nothing where the file declares no such type at its top level */
export function sourceClass(text: string, kind: "class" | "enum", name: string): SourceClass | undefined {
  const code = codeOf(text);
  const decorators = String.raw`((?:@[\w.]+(?:\([^()]*\))?\s*)*)`;
  const head = String.raw`((?:export\s+)?(?:default\s+)?(?:final\s+)?(?:const\s+)?${kind}\s+${name}\b[^{;]*)\{`;
  const found = new RegExp(`(?:^|\\n)([ \\t]*)${decorators}${head}`).exec(code);
  if (!found) return undefined;
  const [whole, indent = "", before = "", own = ""] = found;
  const begin = found.index + whole.length - own.length - 1 - before.length - indent.length;
  const open = found.index + whole.length;
  const close = closing(code, open);
  if (close < 0) return undefined;
  return { start: aboveComments(text, begin), head: open - 1 - own.length, open, close, indent };
}

/** Its `static from`: from the line on which it begins to behind its closing brace. */
export function sourceStep(
  text: string,
  { open, close }: SourceClass,
): { start: number; end: number } | undefined {
  const code = codeOf(text);
  const body = code.slice(open, close);
  for (const found of body.matchAll(/(^|[\n;}])([ \t]*)static\s+from\s*\([^{]*\{/g)) {
    const start = open + found.index + found[1]!.length;
    // Not the step of a class inside of the class's own methods.
    if (depth(code.slice(open, start)) !== 0) continue;
    const end = closing(code, open + found.index + found[0].length);
    return end < 0 ? undefined : { start, end: end + 1 };
  }
  return undefined;
}

/** The same text, with comments and quoted text replaced by spaces. */
export function codeOf(text: string): string {
  const blank = (piece: string) => piece.replace(/[^\n]/g, " ");
  return text.replace(
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`/g,
    blank,
  );
}

/** The closing brace of the block that was opened before `from`; -1 without one. */
function closing(code: string, from: number): number {
  let open = 1;
  for (let i = from; i < code.length; i++) {
    if (code[i] === "{") open++;
    else if (code[i] === "}" && --open === 0) return i;
  }
  return -1;
}

function depth(code: string): number {
  return (code.match(/\{/g)?.length ?? 0) - (code.match(/\}/g)?.length ?? 0);
}

/** Comments directly above a declaration belong to it. */
function aboveComments(text: string, begin: number): number {
  let start = begin;
  while (start > 0) {
    const before = text.lastIndexOf("\n", start - 2) + 1;
    if (!/^[ \t]*(\/\/|\/\*|\*)/.test(text.slice(before, start))) break;
    start = before;
  }
  return start;
}
