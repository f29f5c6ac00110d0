/** `npm run simulate`: a large cluster on a simulated clock; a progress bar, a table, and pictures. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "../../abi/transform/mod.ts";
import { measureEngines } from "./engines.ts";
import { type Figure, figuresText, keyFigures, releaseFigures } from "./figures.ts";
import { simulateKeys } from "./keys.ts";
import { convergencePicture, movedPicture, spreadPicture } from "./pictures.ts";
import { simulateReleases } from "./releases.ts";
import type { Progress, Size } from "./world.ts";

const HELP = `Usage: npm run simulate -- [--callers N] [--nodes N] [--keys N] [--live N] [--seed N] [--only WHAT]
                       [--pictures DIR] [--engines] [--json]

Runs the callers, nodes and controllers of moult in one process, on a clock that goes on when all is done that happens at
a moment, and on links that delay and lose what is sent. Plugins and the network are simulated; all else is the product.

  --callers N     programs that call a plugin while a new version is rolled out (default: 10000)
  --nodes N       nodes that host it (default: 1000)
  --keys N        its keys (default: 1000000)
  --live N        those that are called and have an instance (default: a tenth of them)
  --seed N        of all that is by chance: the same seed, the same figures (default: 1)
  --only WHAT     releases or keys (default: both)
  --pictures DIR  write convergence.svg, spread.svg and moved.svg there
  --engines       measure real fabrics on this machine in place of it: memory, directory, HTTP and nats-server
  --json          print one JSON object and nothing else
  --help          this text

100,000 instances want 2 GiB of memory: NODE_OPTIONS=--max-old-space-size=4000 leaves room.
Exit codes: 0 every bound holds, 1 one does not, 2 the command line is wrong.
`;

class UsageError extends Error {}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      callers: { type: "string", default: "10000" },
      nodes: { type: "string", default: "1000" },
      keys: { type: "string", default: "1000000" },
      live: { type: "string" },
      seed: { type: "string", default: "1" },
      only: { type: "string" },
      pictures: { type: "string" },
      engines: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values.engines) return engines(values.json);
  const { only, pictures } = values;
  if (only !== undefined && only !== "releases" && only !== "keys")
    throw new UsageError(`--only: wanted releases or keys, found ${JSON.stringify(only)}`);
  const size: Size = {
    callers: whole(values.callers, "--callers", 10),
    nodes: whole(values.nodes, "--nodes", 10),
    keys: whole(values.keys, "--keys", 100),
    live: values.live === undefined ? Math.ceil(Number(values.keys) / 10) : whole(values.live, "--live", 100),
    seed: whole(values.seed, "--seed", 0),
  };
  if (size.live > size.keys) throw new UsageError("--live: wanted at most as many as --keys");
  const modules = await Promise.all(["1.0.0", "2.0.0"].map(built));
  const kept = (name: string, picture: string) =>
    pictures !== undefined && writeFileSync(join(pictures, name), picture);
  const figures: Figure[] = [];
  const findings: Record<string, unknown> = {};
  if (only !== "keys") {
    const found = await simulateReleases(size, modules, progress("releases"));
    kept("convergence.svg", convergencePicture(found, size));
    figures.push(...releaseFigures(found, size));
    findings.releases = { ...found, plans: found.plans.map(summary) };
  }
  if (only !== "releases") {
    const found = await simulateKeys(size, modules, progress("keys"));
    kept("spread.svg", spreadPicture(found, size));
    kept("moved.svg", movedPicture(found, size));
    figures.push(...keyFigures(found, size));
    findings.keys = {
      ...found,
      curve: undefined,
      wrong: found.wrong.slice(0, 20),
      unfenced: found.unfenced.slice(0, 20),
    };
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  if (values.json) process.stdout.write(`${JSON.stringify({ ...size, figures, ...findings })}\n`);
  else process.stdout.write(figuresText(figures));
  return figures.every(({ holds }) => holds) ? 0 : 1;
}

async function engines(json: boolean): Promise<number> {
  const found = await measureEngines((what) => process.stderr.write(`${what}\n`));
  if (json) process.stdout.write(`${JSON.stringify(found)}\n`);
  else
    for (const [name, measured] of Object.entries(found)) {
      process.stdout.write(`${name}\n`);
      for (const [what, value] of Object.entries(measured)) process.stdout.write(`  ${what}: ${value}\n`);
    }
  return 0;
}

const summary = ({
  split,
  took,
  late,
}: {
  readonly split: string;
  readonly took: number[];
  readonly late: number[];
}) => ({
  split,
  half: took[Math.floor(took.length / 2)],
  slowest: took.at(-1),
  late: late.at(-1),
});

async function built(version: string): Promise<Uint8Array> {
  const source = fileURLToPath(new URL("../guests/keyed/first.ts", import.meta.url));
  return (await build(source, { version })).wasm;
}

/** A line on standard error where that is a terminal; elsewhere one for each part that begins. */
function progress(title: string): Progress {
  const out = process.stderr;
  let [drawn, shown] = [0, ""];
  return (what, done, all) => {
    const now = performance.now();
    if (out.isTTY) {
      if (now - drawn < 100) return;
      drawn = now;
      const full = all > 0 ? Math.floor((done / all) * 30) : 0;
      out.write(
        `\r${title}  ${"█".repeat(full)}${"░".repeat(30 - full)} ${what} ${all > 0 ? `${done}/${all}` : ""}\x1b[K`,
      );
    } else if (what !== shown) {
      shown = what;
      out.write(`${title}: ${what}\n`);
    }
  };
}

function whole(text: string, option: string, least: number): number {
  if (/^\d{1,8}$/.test(text) && Number(text) >= least) return Number(text);
  throw new UsageError(`${option}: wanted a number from ${least} up, found ${JSON.stringify(text)}`);
}

try {
  process.exitCode = await main();
} catch (error) {
  const { message, stack, code } = error as Error & { code?: string };
  const usage = error instanceof UsageError || code?.startsWith("ERR_PARSE_ARGS");
  process.stderr.write(usage ? `${message}\nTry: npm run simulate -- --help\n` : `${stack ?? message}\n`);
  process.exitCode = usage ? 2 : 1;
}
