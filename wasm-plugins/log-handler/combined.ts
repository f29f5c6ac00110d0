/** One line of Apache's combined log format, read as far as it can be. */
export class Entry {
  client: string = "";
  path: string = "";
  /** 0 when it could not be read. */
  status: i32 = 0;
  bytes: u64 = 0;
  /** The line is in combined format from its first character to its last. */
  whole: bool = false;
}

/** Where reading stands. */
class Reader {
  at: i32 = 0;

  constructor(readonly line: string) {}

  /** Up to the next space, or the end. */
  word(): string {
    let end = this.line.indexOf(" ", this.at);
    if (end < 0) end = this.line.length;
    const word = this.line.substring(this.at, end);
    this.at = end + 1;
    return word;
  }

  /** What stands between `open` and `close`, or null where it does not. A backslash hides the character after it. */
  between(open: i32, close: i32): string | null {
    const line = this.line;
    if (this.at >= line.length || line.charCodeAt(this.at) != open) return null;
    let end = this.at + 1;
    while (end < line.length && line.charCodeAt(end) != close) end += line.charCodeAt(end) == 0x5c ? 2 : 1;
    if (end >= line.length) return null;
    if (end + 1 < line.length && line.charCodeAt(end + 1) != 0x20) return null;
    const text = line.substring(this.at + 1, end);
    this.at = end + 2;
    return text;
  }
}

const QUOTE: i32 = 0x22;

/** The number that digits spell; -1 for anything else. */
function number(digits: string): i64 {
  if (digits.length == 0 || digits.length > 18) return -1;
  let value: i64 = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

export function parse(line: string): Entry {
  const entry = new Entry();
  const reader = new Reader(line);
  entry.client = reader.word();
  const identity = reader.word();
  const user = reader.word();
  if (reader.between(0x5b, 0x5d) === null) return entry;
  const request = reader.between(QUOTE, QUOTE);
  if (request === null) return entry;
  const words = request.split(" ");
  if (words.length > 1) entry.path = words[1];
  const digits = reader.word();
  const status = number(digits);
  if (digits.length != 3 || status < 100) return entry;
  entry.status = <i32>status;
  const size = reader.word();
  const bytes = size == "-" ? 0 : number(size);
  if (bytes < 0) return entry;
  entry.bytes = <u64>bytes;
  if (reader.between(QUOTE, QUOTE) === null || reader.between(QUOTE, QUOTE) === null) return entry;
  const named = entry.client.length > 0 && identity.length > 0 && user.length > 0;
  entry.whole = named && words.length == 3 && reader.at == line.length + 1;
  return entry;
}
