/** `npm run fuzz`: random inputs for all that reads what others wrote; a table in the end. */
import { parseArgs } from "node:util";
import type { Fuzzer } from "./fuzzer.ts";
import { FUZZERS } from "./fuzzers.ts";
import { round } from "./round.ts";

const HELP = `Usage: npm run fuzz -- [--minutes N] [--only NAMES] [--seed S] [--json]

Gives random inputs to all that reads what others wrote, and checks what has to be true of each. A failure prints the
smallest input that was found for it, and the seed that leads there again.

  --minutes N     for each fuzzer (default: 1; parts of one too)
  --only NAMES    with commas (default: all)
${FUZZERS.map(({ name, what }) => `                  ${name}: ${what}`).join("\n")}
  --seed S        of the first round of each fuzzer (default: by the clock)
  --json          print one JSON array and nothing else
  --help          this text

Exit codes: 0 all held, 1 something did not or it was interrupted, 2 the command line is wrong.
`;

/** Inputs of a round: its seed leads to any of them. */
const ROUND = 500;

class UsageError extends Error {}

interface Row {
  readonly name: string;
  readonly seed: number;
  readonly rounds: number;
  readonly runs: number;
  readonly seconds: number;
  /** The most resident memory after a round, in MiB. */
  readonly resident: number;
  readonly failure: string | undefined;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "1" },
      only: { type: "string" },
      seed: { type: "string", default: String(Math.floor(Date.now() / 1000) % 1_000_000) },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const fuzzers = values.only === undefined ? FUZZERS : values.only.split(",").map(named);
  const [minutes, seed] = [amount(values.minutes), whole(values.seed)];
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  process.stderr.write(`seed ${seed}, Node ${process.version}\n`);
  const rows: Row[] = [];
  for (const fuzzer of fuzzers) {
    if (interrupted.signal.aborted) break;
    const row = await fuzzed(fuzzer, { seed, time: minutes * 60_000, signal: interrupted.signal });
    rows.push(row);
    if (row.failure) process.stderr.write(`\n${row.failure}\n`);
  }
  process.stdout.write(values.json ? `${JSON.stringify(rows)}\n` : table(rows));
  if (interrupted.signal.aborted) process.stderr.write("interrupted: the table shows what was done\n");
  return interrupted.signal.aborted || rows.some(({ failure }) => failure) ? 1 : 0;
}

/** Rounds of one fuzzer, with one seed after the other, until its time is over. */
async function fuzzed(
  fuzzer: Fuzzer,
  { seed, time, signal }: { readonly seed: number; readonly time: number; readonly signal: AbortSignal },
): Promise<Row> {
  const property = await fuzzer.property();
  const began = performance.now();
  const gone = () => performance.now() - began;
  let [rounds, runs, resident] = [0, 0, 0];
  let failure: string | undefined;
  while (gone() < time && !failure && !signal.aborted) {
    const own = seed + rounds;
    // A round that hangs is known by its seed.
    shown(`${fuzzer.name}: seed ${own}, ${runs} inputs`);
    const done = await round({ fuzzer, property, seed: own, runs: ROUND, time: time - gone() });
    rounds++;
    runs += done.runs;
    failure = done.failure;
    // Some rounds never give the event loop a turn, and Ctrl-C would wait for the last of them.
    await new Promise(setImmediate);
    resident = Math.max(resident, Math.round(process.memoryUsage().rss / 2 ** 20));
  }
  shown("");
  return { name: fuzzer.name, seed, rounds, runs, seconds: Math.round(gone() / 1000), resident, failure };
}

/** On standard error, where that is a terminal. */
function shown(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${text}\x1b[K`);
}

function table(rows: readonly Row[]): string {
  const head = "| fuzzer | inputs | seconds | RSS, MiB | failures |\n| --- | --- | --- | --- | --- |\n";
  const lines = rows.map(({ name, runs, seconds, resident, failure }) =>
    [name, runs.toLocaleString("en-US"), seconds, resident, failure ? 1 : 0].join(" | "),
  );
  return `Node ${process.version}\n\n${head}${lines.map((line) => `| ${line} |\n`).join("")}`;
}

function named(name: string): Fuzzer {
  const fuzzer = FUZZERS.find((each) => each.name === name.trim());
  if (fuzzer) return fuzzer;
  throw new UsageError(
    `--only: there is no ${name}; there are ${FUZZERS.map((each) => each.name).join(", ")}`,
  );
}

function amount(text: string): number {
  const found = Number(text);
  if (text !== "" && found > 0 && found <= 100_000) return found;
  throw new UsageError(`--minutes: wanted a number above 0, found ${JSON.stringify(text)}`);
}

function whole(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new UsageError(`--seed: wanted a number from 0 up, found ${JSON.stringify(text)}`);
}

try {
  process.exitCode = await main();
} catch (error) {
  const { message, stack, code } = error as Error & { code?: string };
  const usage = error instanceof UsageError || code?.startsWith("ERR_PARSE_ARGS");
  process.stderr.write(usage ? `${message}\nTry: npm run fuzz -- --help\n` : `${stack ?? message}\n`);
  process.exitCode = usage ? 2 : 1;
}
