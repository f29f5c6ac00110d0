/**
 * Text from a file, a plugin or a peer, made safe to show: control characters, which move the cursor or hide
 * text, and the marks that turn the writing's direction are shown as escapes.
 */
export function plain(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** The same for text that may have lines, like an error's message. */
export function plainLines(text: string): string {
  return text.split(/\r?\n/).map(plain).join("\n");
}

const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
