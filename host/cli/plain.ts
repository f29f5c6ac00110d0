/**
 * Text from a file, a plugin or a peer, made safe to print: control characters, which move the cursor or hide
 * text, and marks that change the direction of writing are escaped.
 */
export function plain(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : escaped(character);
  });
}

/** The same for text that may have several lines, like an error's message. */
export function plainLines(text: string): string {
  return text.split(/\r?\n/).map(plain).join("\n");
}

/** The same for JSON, which stays JSON of the same value. */
export function plainJson(json: string): string {
  return json.replace(UNSAFE, (character) => (character === "\n" ? character : escaped(character)));
}

/** Escapes as JSON does, one code unit after the other. */
function escaped(character: string): string {
  return character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}

const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
