/** The source of the lines: a file, standard input, or the sample. */
import { createReadStream, fstatSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { sample } from "./sample.ts";

export interface Input {
  readonly name: string;
  readonly lines: AsyncIterable<string>;
  /** The number of lines; unknown for a pipe, which may never end. */
  readonly total: number | undefined;
}

const SAMPLE_LINES = 10_000;

/**
 * @param file as the user typed it, relative to the folder where it was typed; `-` is standard input
 * @param onOpen called with the source's name, before the lines of a file are counted
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

/** Opened at the first request, because readline drops what it reads before there is a listener. */
async function* read(open: () => NodeJS.ReadableStream): AsyncGenerator<string> {
  yield* createInterface({ input: open(), crlfDelay: Number.POSITIVE_INFINITY });
}

/** Whether standard input is a pipe or a file; an empty device, as services have, does not count. */
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
