/** `npm run soak`: thousands of swaps under calls, a progress bar, and a table in the end. */

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "moult/transform";
import { costTable, journalCosts } from "./journal.ts";
import { reservation } from "./memory.ts";
import { type Soaked, soak } from "./soak.ts";
import { failures, size, table } from "./table.ts";

const HELP = `Usage: npm run soak -- [--state SIZES] [--swaps N] [--journal] [--json]

Swaps a plugin from A to B and back, over and over, while calls go on; holds every answer, and in the
end the whole state, against a replay in plain JavaScript; and watches the pause and the memory.

  --state SIZES   of the state, with commas: 10KB,1MB,64MB (the default)
  --swaps N       of each size (default: 10000; of 64 MB and more 300)
  --journal       instead, what a call costs while it is journaled, on probation
  --json          print one JSON array and nothing else
  --help          this text

Exit codes: 0 every promise was kept, 1 one was not or it was interrupted, 2 the command line is wrong.
`;

class UsageError extends Error {}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      state: { type: "string", default: "10KB,1MB,64MB" },
      swaps: { type: "string" },
      journal: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const sizes = values.state.split(",").map(bytes);
  const swaps = values.swaps === undefined ? undefined : whole(values.swaps);
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort());
  process.once("SIGTERM", () => interrupted.abort());

  const versions = await Promise.all([guest("a"), guest("b")] as const);
  if (values.journal) {
    const costs = await journalCosts(versions);
    process.stdout.write(values.json ? `${JSON.stringify(costs)}\n` : costTable(costs, process.version));
    return 0;
  }
  const rows: Soaked[] = [];
  for (const state of sizes) {
    if (interrupted.signal.aborted) break;
    const planned = swaps ?? (state >= 64e6 ? 300 : 10_000);
    const bar = progress(`${size(state)}  `, planned);
    const { signal } = interrupted;
    rows.push(await soak({ versions, size: state, swaps: planned, signal, progress: bar.show }));
    bar.end();
  }
  if (values.json) process.stdout.write(`${JSON.stringify(rows)}\n`);
  else process.stdout.write(table(rows, { node: process.version, reserved: reservation() }));
  const broken = rows.flatMap(failures);
  for (const each of broken) process.stderr.write(`not kept: ${each}\n`);
  if (interrupted.signal.aborted) process.stderr.write("interrupted: the table shows what was done\n");
  return broken.length > 0 || interrupted.signal.aborted ? 1 : 0;
}

/** One of the two versions, built from its source. */
async function guest(name: string): Promise<Uint8Array> {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  const { wasm } = await build(join(folder, "test", "guests", "soak", `${name}.ts`));
  return wasm;
}

/** A bar on standard error, where that is a terminal. */
function progress(title: string, whole: number): { show(done: number): void; end(): void } {
  const out = process.stderr;
  const began = performance.now();
  let drawn = -1000;
  return {
    show(done) {
      const now = performance.now();
      if (!out.isTTY || (now - drawn < 100 && done < whole)) return;
      drawn = now;
      const full = Math.floor((done / whole) * 30);
      const left = Math.ceil((((now - began) / done) * (whole - done)) / 1000);
      out.write(
        `\r${title}${"█".repeat(full)}${"░".repeat(30 - full)} ${done}/${whole} swaps, ${left} s left \x1b[K`,
      );
    },
    end() {
      if (out.isTTY) out.write("\r\x1b[K");
    },
  };
}

const UNITS: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, KIB: 2 ** 10, MIB: 2 ** 20 };

/** `10KB` as bytes. */
function bytes(text: string): number {
  const [, number, unit = "B"] = /^(\d+) ?([a-z]+)?$/i.exec(text.trim()) ?? [];
  const factor = UNITS[unit.toUpperCase()];
  const found = Number(number) * (factor ?? Number.NaN);
  if (found >= 1 && found <= 5e8) return found;
  throw new UsageError(
    `--state: wanted sizes like 10KB,1MB from 1 B to 500 MB, found ${JSON.stringify(text)}`,
  );
}

function whole(text: string): number {
  if (/^[1-9]\d{0,7}$/.test(text)) return Number(text);
  throw new UsageError(`--swaps: wanted a number of swaps, found ${JSON.stringify(text)}`);
}

try {
  process.exitCode = await main();
} catch (error) {
  const { message, stack, code } = error as Error & { code?: string };
  const usage = error instanceof UsageError || code?.startsWith("ERR_PARSE_ARGS");
  process.stderr.write(usage ? `${message}\nTry: npm run soak -- --help\n` : `${stack ?? message}\n`);
  process.exitCode = usage ? 2 : 1;
}
