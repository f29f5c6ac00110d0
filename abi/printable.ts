/**
 * Foreign texts in our messages: names and texts of modules, guests and peers, made safe to print on one
 * line.
 */

/** The most UTF-8 bytes of a foreign text in a message. */
const MOST = 4_096;

/**
 * Characters that move a cursor, hide text or change its direction, that are invalid in text, or that are
 * invisible. The selectors that turn a character into an emoji are allowed.
 */
const UNPRINTABLE = /(?![\uFE0E\uFE0F])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const ALL_UNPRINTABLE = new RegExp(UNPRINTABLE, "gu");
const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Makes a foreign text safe to print on one line: unprintable characters are escaped (`\n`, `\u{1b}`), and
 * the middle of a text that is too long is replaced by a note. A second call changes nothing.
 *
 * @param most the most UTF-8 bytes of the result
 */
export function printable(text: string, most: number = MOST): string {
  // No character takes more than three bytes for each of its code units.
  if (text.length * 3 <= most && !UNPRINTABLE.test(text)) return text;
  const shown = text.length <= most ? escaped(text) : undefined;
  return shown !== undefined && bytesOf(shown) <= most ? shown : cut(text, most);
}

/** Whether a text is safe to print in a terminal, a log or a page. */
export function isPrintable(text: string): boolean {
  return !UNPRINTABLE.test(text);
}

/** Escapes unprintable characters, and cuts nothing. */
export function escaped(text: string): string {
  return text.replace(ALL_UNPRINTABLE, (each) => NAMED[each] ?? `\\u{${each.codePointAt(0)!.toString(16)}}`);
}

/**
 * The beginning and the end, with the number of bytes left out between them: the end of our own messages says
 * what is true now.
 */
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
