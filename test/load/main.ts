/** `npm run load`: calls in an open loop, while all that serves is replaced, moved, released and killed; a table in the end. */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { ABSENT } from "../fabric/nats-server.ts";
import { PARTS, type PartName } from "./parts.ts";
import { failures, type Row, table } from "./table.ts";

const HELP = `Usage: npm run load -- [--rate N] [--seconds N] [--only PARTS] [--engine http|nats] [--json]

Calls a plugin at moments that a schedule says, whether earlier calls were answered or not, while what serves it changes.
Each call has a number, and the state of the plugin says in the end how often each was made.

  --rate N        calls a second (default: 2000)
  --seconds N     of each part, and at least once around (default: 60)
  --only PARTS    with commas (default: all)
${Object.entries(PARTS)
  .map(([name, { what }]) => `                  ${name}: ${what}`)
  .join("\n")}
  --engine NAME   of the cluster: http, a hub (the default), or nats, a server of NATS
  --json          print one JSON array and nothing else
  --help          this text

Exit codes: 0 nothing failed but what the end of a killed node explains, 1 something did, 2 the command line is wrong.
`;

class UsageError extends Error {}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rate: { type: "string", default: "2000" },
      seconds: { type: "string", default: "60" },
      only: { type: "string", default: Object.keys(PARTS).join(",") },
      engine: { type: "string", default: "http" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const { engine } = values;
  if (engine !== "http" && engine !== "nats")
    throw new UsageError(`--engine: wanted http or nats, found ${JSON.stringify(engine)}`);
  if (engine === "nats" && ABSENT) throw new UsageError(`--engine: ${ABSENT}`);
  const [rate, seconds] = [whole("--rate", values.rate), whole("--seconds", values.seconds)];
  const rows: Row[] = [];
  for (const name of values.only.split(",").map(named)) {
    process.stderr.write(`${PARTS[name].what} ...\n`);
    rows.push({ name, ...(await PARTS[name].run({ rate, seconds, engine })) });
  }
  const on = `Node ${process.version}, ${cpus().length} cores; ${rate} calls a second, over ${engine}`;
  process.stdout.write(values.json ? `${JSON.stringify(rows)}\n` : table(rows, on));
  const broken = rows.flatMap(failures);
  for (const each of broken) process.stderr.write(`not kept: ${each}\n`);
  return broken.length > 0 ? 1 : 0;
}

function named(text: string): PartName {
  const name = text.trim();
  if (Object.hasOwn(PARTS, name)) return name as PartName;
  throw new UsageError(`--only: wanted of ${Object.keys(PARTS).join(", ")}, found ${JSON.stringify(name)}`);
}

function whole(option: string, text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`${option}: wanted a number from 1 up, found ${JSON.stringify(text)}`);
}

try {
  process.exitCode = await main();
} catch (error) {
  const { message, stack, code } = error as Error & { code?: string };
  const usage = error instanceof UsageError || code?.startsWith("ERR_PARSE_ARGS");
  process.stderr.write(usage ? `${message}\nTry: npm run load -- --help\n` : `${stack ?? message}\n`);
  process.exitCode = usage ? 2 : 1;
}
