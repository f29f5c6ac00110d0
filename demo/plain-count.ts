/**
 * The plain count that the plugin's totals are compared with: no WebAssembly, no swap, a few lines of
 * TypeScript.
 */
const DATE = String.raw`\[(?:[^\]\\]|\\.)*\]`;
const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`;
const REQUEST = String.raw`"((?:[^"\\]|\\.)*)"`;
const COMBINED = new RegExp(
  String.raw`^\S+ \S+ \S+ ${DATE} ${REQUEST} [1-9]\d\d (?:\d{1,18}|-) ${QUOTED} ${QUOTED}$`,
);
/** The readable beginning of a broken line: each part needs the one before it. */
const BEGINNING = new RegExp(
  String.raw`^(\S*)(?: \S* \S* ${DATE} ${REQUEST}(?= |$)(?: ([1-9]\d\d)(?= |$)(?: (\d{1,18}|-)(?= |$))?)?)?`,
);

export class PlainCount {
  lines = 0;
  malformed = 0;
  readonly clients = new Set<string>();
  readonly status = new Map<number, number>();
  bytes = 0;
  readonly paths = new Map<string, number>();

  /** @param wide whether bytes and paths count too, which they do once a version that knows them serves */
  add(line: string, wide: boolean): void {
    this.lines++;
    const whole = COMBINED.exec(line);
    if (whole?.[1]?.split(" ").length !== 3) this.malformed++;
    const [, client = "", request = "", status, bytes] = BEGINNING.exec(line) ?? [];
    this.clients.add(client);
    if (status !== undefined) increment(this.status, Number(status));
    if (!wide) return;
    if (bytes !== undefined && bytes !== "-") this.bytes += Number(bytes);
    const path = request.split(" ")[1];
    if (path) increment(this.paths, path);
  }

  /** The ten most frequent paths; among equals the one that sorts first. */
  topPaths(): [path: string, count: number][] {
    return [...this.paths].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : a > b ? 1 : 0)).slice(0, 10);
  }
}

function increment<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
