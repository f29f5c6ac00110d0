/** Where the lines come from: a file, standard input, or the sample. */
import { createReadStream, fstatSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { sample } from "./sample.ts";

export interface Input {
  readonly name: string;
  readonly lines: AsyncIterable<string>;
  /** How many lines there are; unknown of a pipe, which may never end. */
  readonly total: number | undefined;
}

const SAMPLE_LINES = 10_000;

/**
 * @param file as the user typed it, against the folder where they typed it; `-` is standard input
 * @param onOpen is told what is read, before the lines of a file are counted
 */
export async function openInput(file: string | undefined, onOpen: (name: string) => void): Promise<Input> {
  if (file === "-" || (file === undefined && piped())) {
    const name = "standard input";
    onOpen(name);
    return { name, lines: read(() => process.stdin), total: undefined };
  }
  if (file === undefined) {
    const name = "the sample";
    onOpen(name);
    return { name, lines: asynchronous(sample(SAMPLE_LINES)), total: SAMPLE_LINES };
  }
  onOpen(file);
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), file);
  let total = 0;
  for await (const _ of read(() => createReadStream(path))) total++;
  return { name: file, lines: read(() => createReadStream(path)), total };
}

/** Opened when it is first asked for a line: readline drops what it reads before somebody listens. */
async function* read(open: () => NodeJS.ReadableStream): AsyncGenerator<string> {
  yield* createInterface({ input: open(), crlfDelay: Number.POSITIVE_INFINITY });
}

/** Somebody pipes or redirects into us. An empty device, as a service has for its input, is nobody. */
function piped(): boolean {
  try {
    const stat = fstatSync(0);
    return stat.isFIFO() || stat.isFile() || stat.isSocket();
  } catch {
    return false;
  }
}

async function* asynchronous(lines: Iterable<string>): AsyncGenerator<string> {
  yield* lines;
}
