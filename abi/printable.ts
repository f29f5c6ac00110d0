/** Texts of others in messages of ours: names and words of modules, guests and peers, as lines that can be shown. */

/** Bytes, in UTF-8, that a text from elsewhere may take in a message. */
const MOST = 4_096;

/**
 * What moves a cursor, hides text or turns its direction, what no text may have, and what cannot be seen. The marks that
 * make a character an emoji are harmless.
 */
const UNPRINTABLE = /(?![\uFE0E\uFE0F])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const ALL_UNPRINTABLE = new RegExp(UNPRINTABLE, "gu");
const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * A text from elsewhere as one line that can be shown anywhere: what cannot be printed is escaped (`\n`, `\u{1b}`), and
 * what is too long is cut in its middle, which is said. Shown a second time it stays as it is.
 *
 * @param most bytes, in UTF-8, that it may take with all of that
 */
export function printable(text: string, most: number = MOST): string {
  // No character takes more than three bytes for each of its code units.
  if (text.length * 3 <= most && !UNPRINTABLE.test(text)) return text;
  const shown = text.length <= most ? escaped(text) : undefined;
  return shown !== undefined && bytesOf(shown) <= most ? shown : cut(text, most);
}

/** Whether a text can be shown as it is: in a terminal, a log, a page. */
export function isPrintable(text: string): boolean {
  return !UNPRINTABLE.test(text);
}

/** What cannot be printed as escapes, and nothing cut. */
export function escaped(text: string): string {
  return text.replace(ALL_UNPRINTABLE, (each) => NAMED[each] ?? `\\u{${each.codePointAt(0)!.toString(16)}}`);
}

/** Its beginning and its end, with how much is left out between them: our own messages end with what is true now. */
function cut(text: string, most: number): string {
  const room = most - bytesOf(left(text.length));
  const tail = room >> 3;
  let [head, taken, bytes] = ["", 0, 0];
  for (const each of text) {
    const part = escaped(each);
    bytes += bytesOf(part);
    if (bytes > room - tail) break;
    head += part;
    taken += each.length;
  }
  let [end, kept] = ["", 0];
  for (const each of [...text.slice(Math.max(taken, text.length - tail))].reverse()) {
    const part = escaped(each);
    if (bytesOf(part + end) > tail) break;
    end = part + end;
    kept += each.length;
  }
  return `${head}${left(text.length - taken - kept)}${end}`;
}

function left(characters: number): string {
  return `… (${characters} characters left out) …`;
}

function bytesOf(text: string): number {
  let bytes = 0;
  for (const each of text) {
    const code = each.codePointAt(0)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
