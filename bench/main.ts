/** `npm run bench`: moult against its limits and its peers. */
import { type ChildProcess, fork } from "node:child_process";
import { parseArgs } from "node:util";
import type { Message } from "./child.ts";
import { BENCH, GUESTS } from "./folder.ts";
import { judge } from "./judge.ts";
import { markdown } from "./markdown.ts";
import { type Measured, merged, type Run, readResults, thisRun, writeResults } from "./results.ts";
import { ROWS, type Row } from "./rows.ts";
import { plain, progress, summary } from "./screen.ts";

const HELP = `Usage: npm run bench -- [--only PATTERN] [--quick] [--json]

Measures moult against what the engine needs alone and against other ways to do the same, in this
Node; writes bench/RESULTS.json and bench/RESULTS.md, and leaves there what other versions of Node
have measured. Progress goes to standard error, the table to standard output. Takes
two to three minutes; the machine should have nothing else to do.

  --only PATTERN  rows whose name has this in it, a regular expression
  --quick         one short round of each row: checks the answers, judges and writes nothing
  --json          print what was measured as JSON instead of the table
  --help          this text

Rows: ${ROWS.map(({ id }) => id).join(", ")}

Exit codes: 0 all was measured, whether bars were met or missed; 1 a row failed or it was
interrupted (rows that were done are written); 2 the command line is wrong.
`;

class UsageError extends Error {}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", default: "" },
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const { quick, json } = values;
  const chosen = rows(values.only);
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());

  const screen = progress(process.stderr);
  // Imported late: it needs packages that `--help` does not.
  const { buildGuests } = await import("./guests.ts");
  await buildGuests(GUESTS, (what) => screen.show(`building guests: ${what}`));
  screen.done(`built the guests; ${chosen.length} rows on Node ${process.version}`);
  const command = [
    "npm run bench",
    ...(process.argv.length > 2 ? ["--", ...process.argv.slice(2)] : []),
  ].join(" ");
  const run = thisRun();
  const measured: (readonly [Row, Measured])[] = [];
  for (const [i, row] of chosen.entries()) {
    if (interrupted.signal.aborted) break;
    const title = `${String(i + 1).padStart(2)}/${chosen.length} ${plain(row.title)}`;
    const began = performance.now();
    const found = await apart(row, {
      quick,
      signal: interrupted.signal,
      onRound: (round, of) => screen.show(`${title}: round ${round} of ${of}`),
    });
    if (interrupted.signal.aborted) break;
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    screen.done(`${title}: ${"failed" in found ? `failed: ${found.failed}` : `${seconds} s`}`);
    const one = { date: new Date().toISOString(), command, ...found };
    measured.push([row, one]);
    if (!quick) keep({ ...run, rows: { [row.id]: one } });
  }

  if (json) {
    const verdicts = measured.map(([row, { figures }]) => [
      row.id,
      row.bars.map((bar) => judge(bar, figures)),
    ]);
    const all = { ...run, rows: Object.fromEntries(measured.map(([row, one]) => [row.id, one])) };
    process.stdout.write(`${JSON.stringify(quick ? all : { ...all, bars: Object.fromEntries(verdicts) })}\n`);
  } else if (quick) {
    const whole = measured.filter(([, { failed }]) => failed === undefined).length;
    process.stdout.write(`${whole} of ${chosen.length} rows ran and gave the right answers\n`);
  } else {
    process.stdout.write(summary(measured));
  }
  if (interrupted.signal.aborted) process.stderr.write(`interrupted after ${measured.length} rows\n`);
  return interrupted.signal.aborted || measured.some(([, { failed }]) => failed !== undefined) ? 1 : 0;
}

function keep(run: Run): void {
  const results = merged(readResults(), run);
  writeResults(results, markdown(results));
}

function rows(only: string): readonly Row[] {
  let pattern: RegExp;
  try {
    pattern = new RegExp(only, "i");
  } catch (error) {
    throw new UsageError(`--only: ${(error as Error).message}`);
  }
  const chosen = ROWS.filter(({ id, title }) => pattern.test(id) || pattern.test(title));
  if (chosen.length > 0) return chosen;
  throw new UsageError(`--only: no row has ${JSON.stringify(only)} in its name`);
}

interface Apart {
  readonly quick: boolean;
  readonly signal: AbortSignal;
  readonly onRound: (round: number, of: number) => void;
}

type Found = Omit<Measured, "date" | "command">;

/** Measures a row in a process of its own. */
function apart(row: Row, { quick, signal, onRound }: Apart): Promise<Found> {
  return new Promise((resolve) => {
    const child: ChildProcess = fork(`${BENCH}dist/child.js`, [row.id, GUESTS, quick ? "quick" : "full"], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let said = "";
    let found: Found | undefined;
    const stop = () => child.kill();
    signal.addEventListener("abort", stop, { once: true });
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-4000);
    });
    child.on("message", (message: Message) => {
      if ("round" in message) onRound(message.round, message.of);
      else found = message;
    });
    child.once("close", (code, killed) => {
      signal.removeEventListener("abort", stop);
      const why = /^\w*Error: .*/m.exec(said)?.[0] ?? said.trim().split("\n").at(-1);
      const failed = why || `its process ended with ${killed ?? code}`;
      resolve(found ?? { figures: [], skipped: [], failed });
    });
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  const { message, stack, code } = error as Error & { code?: string };
  const usage = error instanceof UsageError || code?.startsWith("ERR_PARSE_ARGS");
  process.stderr.write(usage ? `${message}\nTry: npm run bench -- --help\n` : `${stack ?? message}\n`);
  process.exitCode = usage ? 2 : 1;
}
