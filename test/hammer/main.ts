/** `npm run hammer`: random steps of every kind, held against a model; a progress bar, and a table in the end. */

import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "moult/transform";
import { collect, reservation, taken } from "../soak/memory.ts";
import { type Hammered, hammer, replay } from "./hammer.ts";
import { MODES, type Mode, possibleModes } from "./mode.ts";
import { modeOf, type Plan } from "./plan.ts";
import { failureText, table } from "./table.ts";
import { Versions } from "./version.ts";

const HELP = `Usage: npm run hammer -- [--steps N] [--mode NAMES] [--seed S] [--json] [--replay FILE]

Calls a plugin, swaps it, rolls it back, closes it and loads it again, at random and all at once, with faults that
come up anywhere; and holds every acknowledged call against a model: each is one link of a chain.

  --steps N       in all (default: 1000000), the same number for each mode
  --mode NAMES    with commas (default: all that this engine can do)
                  ${MODES.map(({ name }) => name)
                    .join(", ")
                    .replace(/(.{60,80}, )/g, "$1\n                  ")}
  --seed S        of the first episode of each mode (default: by the clock)
  --replay FILE   the plan of one episode, as a failure writes it
  --json          print one JSON array and nothing else
  --help          this text

Exit codes: 0 every promise was kept, 1 one was not or it was interrupted, 2 the command line is wrong.
`;

class UsageError extends Error {}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      steps: { type: "string", default: "1000000" },
      mode: { type: "string" },
      seed: { type: "string", default: String(Math.floor(Date.now() / 1000) % 1_000_000) },
      replay: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const modes = values.mode === undefined ? possibleModes() : values.mode.split(",").map(named);
  const [steps, seed] = [whole(values.steps, "--steps"), whole(values.seed, "--seed")];
  const versions = await Versions.of(built);
  if (values.replay !== undefined) return again(values.replay, versions);
  const memories = await Memories.begin();
  const rows = await rowsOf(modes, { versions, seed, steps: Math.ceil(steps / modes.length) });
  if (values.json) process.stdout.write(`${JSON.stringify(rows)}\n`);
  else process.stdout.write(table(rows, process.version));
  const left = await memories.alive();
  if (left > 0) process.stderr.write(`${left} memories are alive after every plugin was closed\n`);
  const whole_ = rows.length === modes.length && rows.every(({ failure }) => !failure);
  return whole_ && left === 0 ? 0 : 1;
}

/** All modes, until one fails or it is interrupted. */
async function rowsOf(
  modes: readonly Mode[],
  options: { readonly versions: Versions; readonly seed: number; readonly steps: number },
): Promise<Hammered[]> {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  process.stderr.write(`seed ${options.seed}, Node ${process.version}\n`);
  const rows: Hammered[] = [];
  for (const mode of modes) {
    if (interrupted.signal.aborted) break;
    const bar = progress(`${mode.name}  `, options.steps);
    const row = await hammer({ ...options, mode, signal: interrupted.signal, progress: bar.show });
    bar.end();
    rows.push(row);
    if (row.failure) process.stderr.write(failureText(row, kept(row.failure.plan)));
  }
  if (interrupted.signal.aborted) process.stderr.write("interrupted: the table shows what was done\n");
  return interrupted.signal.aborted ? rows.slice(0, -1) : rows;
}

/** Counts the memories of plugins that were all closed, where the system tells: by their address space. */
class Memories {
  readonly #unit = reservation();
  readonly #before: number | undefined;

  private constructor(before: number | undefined) {
    this.#before = before;
  }

  /** Counts those that are made from now on: the compiler has memories of its own. */
  static async begin(): Promise<Memories> {
    await collect();
    return new Memories(taken().address);
  }

  async alive(): Promise<number> {
    await collect();
    const { address } = taken();
    if (this.#unit === undefined || address === undefined || this.#before === undefined) return 0;
    return Math.round((address - this.#before) / this.#unit);
  }
}

/** Writes down a plan that fails. */
function kept(plan: Plan): string {
  const file = join(mkdtempSync(join(tmpdir(), "moult-hammer-")), `${plan.mode}-${plan.seed}.json`);
  writeFileSync(file, JSON.stringify(plan, undefined, 1));
  return file;
}

async function again(file: string, versions: Versions): Promise<number> {
  const plan = JSON.parse(readFileSync(file, "utf8")) as Plan;
  const { problems, ...told } = await replay(plan, { mode: modeOf(plan.mode), versions });
  process.stdout.write(`${JSON.stringify(told)}\n${problems.join("\n")}\n`);
  return problems.length > 0 ? 1 : 0;
}

/** One version, built from its source. */
async function built(name: string, version: string): Promise<Uint8Array> {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  const { wasm } = await build(join(folder, "test", "guests", "hammer", `${name}.ts`), { version });
  return wasm;
}

/** A bar on standard error, where that is a terminal. */
function progress(title: string, steps: number): { show(done: number): void; end(): void } {
  const out = process.stderr;
  const began = performance.now();
  let drawn = -1000;
  return {
    show(done) {
      const now = performance.now();
      if (!out.isTTY || (now - drawn < 100 && done < steps)) return;
      drawn = now;
      const full = Math.floor((done / steps) * 30);
      const left = Math.ceil((((now - began) / done) * (steps - done)) / 1000);
      const bar = `${"█".repeat(full)}${"░".repeat(30 - full)}`;
      out.write(`\r${title}${bar} ${done}/${steps} steps, ${left} s left \x1b[K`);
    },
    end() {
      if (out.isTTY) out.write("\r\x1b[K");
    },
  };
}

function named(name: string): Mode {
  const mode = MODES.find((each) => each.name === name.trim());
  if (!mode) throw new UsageError(`--mode: there is no ${name}; there are ${MODES.map((each) => each.name)}`);
  if (possibleModes().includes(mode)) return mode;
  throw new UsageError(`--mode: this engine cannot suspend a plugin, which ${name} asks for; use Node 26`);
}

function whole(text: string, option: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new UsageError(`${option}: wanted a number from 1 up, found ${JSON.stringify(text)}`);
}

try {
  process.exitCode = await main();
} catch (error) {
  const { message, stack, code } = error as Error & { code?: string };
  const usage = error instanceof UsageError || code?.startsWith("ERR_PARSE_ARGS");
  process.stderr.write(usage ? `${message}\nTry: npm run hammer -- --help\n` : `${stack ?? message}\n`);
  process.exitCode = usage ? 2 : 1;
}
