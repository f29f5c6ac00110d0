/** `npm run second-road`: the same service upgraded under load in three ways; the table of docs/second-road.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { linesOf, type Upgraded, upgraded } from "./measure.ts";
import { ROADS, type Road } from "./roads.ts";

const HELP = `Usage: npm run second-road -- [--rate N] [--rounds N] [--quick]

Upgrades the same service in three ways while calls come by a schedule: over HTTP and over gRPC with two replicas that
are restarted one after the other, and as a plugin of moult that is swapped. Writes the table of docs/second-road.md.

  --rate N     calls a second (default: 500)
  --rounds N   of all three, in turns (default: 5)
  --quick      one short round, which writes nothing
  --help       this text

Exit codes: 0 it was measured, 1 a road did not come to its new version or moult lost something, 2 the command line is wrong.
`;

const PAGE = new URL("../../docs/second-road.md", import.meta.url);
const MARKS = /(<!-- measured -->\n)[\s\S]*(<!-- \/measured -->)/;

type Rounds = ReadonlyMap<Road, Upgraded[]>;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rate: { type: "string", default: "500" },
      rounds: { type: "string", default: "5" },
      quick: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const { quick } = values;
  const [rate, rounds] = quick ? [100, 1] : [whole("--rate", values.rate), whole("--rounds", values.rounds)];
  const found: Rounds = new Map(ROADS.map((road) => [road, []]));
  for (let round = 0; round < rounds; round++) {
    for (const i of ROADS.keys()) {
      const road = ROADS[(i + round) % ROADS.length]!;
      process.stderr.write(`round ${round + 1} of ${rounds}: ${road.title.replaceAll("`", "")} ...\n`);
      found.get(road)!.push(await upgraded(road, rate, quick ? 0.3 : 3));
    }
  }
  const text = table(found, rate, rounds);
  process.stdout.write(text);
  if (!quick) {
    const page = readFileSync(PAGE, "utf8");
    if (!MARKS.test(page)) throw new Error("docs/second-road.md has no place for the table");
    writeFileSync(
      PAGE,
      page.replace(MARKS, (_, begin, end) => `${begin}\n${text}\n${end}`),
    );
  }
  const own = found.get(ROADS.at(-1)!)!;
  for (const { failed, kept, errors } of own)
    if (failed > 0 || kept !== 1) {
      process.stderr.write(
        `moult: ${failed} calls failed, ${kept} of the state was kept: ${errors.join("; ")}\n`,
      );
      return 1;
    }
  return 0;
}

function table(found: Rounds, rate: number, rounds: number): string {
  const lines = [...found].map(([road, all]) => {
    const middle = (of: (one: Upgraded) => number) => median(all.map(of));
    const time = (of: (one: Upgraded) => number) => shown(middle(of));
    const failed = all.reduce((sum, each) => sum + each.failed, 0);
    const calls = all.reduce((sum, each) => sum + each.calls, 0);
    const cells = [
      road.title,
      `${failed} of ${calls.toLocaleString("en")}`,
      `${time((one) => one.before.p50)}, ${time((one) => one.before.p99)}`,
      `${time((one) => one.during.p50)}, ${time((one) => one.during.p99)}`,
      time((one) => one.during.max),
      time((one) => one.time),
      `${Math.round(middle((one) => one.kept) * 100)} %`,
      String(linesOf(road)),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  const told = [...found].flatMap(([road, all]) => {
    const errors = [...new Set(all.flatMap((each) => each.errors))];
    return errors.length === 0 ? [] : [`What failed of ${road.title}: ${errors.map(bare).join("; ")}.`];
  });
  const head =
    "| | failed calls | p50, p99 before | p50, p99 during | longest | until all are answered by the new one | state kept | lines of code |";
  const on = `Node ${process.version}, ${cpus().length} cores, ${rate} calls a second, medians of ${rounds} rounds in turns; milliseconds:`;
  return `${[on, "", head, `|${" --- |".repeat(8)}`, ...lines, ...(told.length > 0 ? ["", ...told] : [])].join("\n")}\n`;
}

/** Without ports, which change. */
function bare(text: string): string {
  return text.replace(/127\.0\.0\.1:\d+/g, "127.0.0.1").slice(0, 200);
}

function median(all: readonly number[]): number {
  const sorted = [...all].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

function shown(milliseconds: number): string {
  if (Number.isNaN(milliseconds)) return "none";
  return milliseconds < 100
    ? String(Number(milliseconds.toPrecision(2)))
    : Math.round(milliseconds).toLocaleString("en");
}

class UsageError extends Error {}

function whole(option: string, text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new UsageError(`${option}: wanted a number from 1 up, found ${JSON.stringify(text)}`);
}

try {
  process.exitCode = await main();
} catch (error) {
  const { message, stack, code } = error as Error & { code?: string };
  const usage = error instanceof UsageError || code?.startsWith("ERR_PARSE_ARGS");
  process.stderr.write(usage ? `${message}\nTry: npm run second-road -- --help\n` : `${stack ?? message}\n`);
  process.exitCode = usage ? 2 : 1;
}
