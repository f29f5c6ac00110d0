/** The entry of the demo: a log handler that moults while the log flows. */
import { parseArgs } from "node:util";
import { events } from "./events.ts";
import { openInput } from "./input.ts";
import { differences, type Report, reportOf } from "./report.ts";
import { printable } from "./screen.ts";
import { stay } from "./stay.ts";
import { Story, type Watcher } from "./story.ts";
import { view } from "./view.ts";
import { fold } from "./wrap.ts";

const HELP = `Usage: npm start -- [FILE] [--json] [--once]

Reads an access log in combined format, counts it through a plugin, and replaces
the plugin's code three times while the lines flow; refuses two broken versions
and rolls one back. In the end every total is held against a plain count.

  FILE     the log; - or a pipe for standard input (default: a sample)
  --json   print one JSON object and nothing else
  --events print a line of JSON for each thing that happens, with its time,
           and the object of --json as the last
  --once   do not stay up afterwards (default when standard output is no terminal)
  --help   this text

Exit codes: 0 all totals are right; 1 they are not, or something failed; 2 the
command line is wrong.
`;

const SILENT: Watcher = { progress: () => {}, event: () => {} };

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "boolean" },
      events: { type: "boolean" },
      once: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(fold(process.stdout, HELP));
    return 0;
  }
  if (positionals.length > 1) throw new UsageError(`found ${positionals.length} files, wanted at most one`);

  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort());
  process.once("SIGTERM", () => interrupted.abort());

  const forPrograms = values.json || values.events;
  const shown = forPrograms ? undefined : view(process.stdout);
  const watcher = shown ?? (values.events ? events(process.stdout) : SILENT);
  const input = await openInput(positionals[0], (name) => watcher.event(`reading ${name}`, "plain"));
  const story = await Story.begin(watcher);
  try {
    await story.tell(input, interrupted.signal);
    const staying = !forPrograms && !values.once && process.stdout.isTTY && !interrupted.signal.aborted;
    if (staying) {
      const early = await reportOf(story);
      shown?.end({ keep: true });
      summary(early);
      await stay(story, watcher, interrupted.signal);
    }
    const report = await reportOf(story);
    const wrong = differences(report, story);
    shown?.end({ keep: true });
    if (forPrograms) process.stdout.write(`${JSON.stringify(report)}\n`);
    else summary(report);
    for (const each of wrong) {
      process.stderr.write(`${fold(process.stderr, `not equal: ${printable(each)}`)}\n`);
    }
    return wrong.length === 0 ? 0 : 1;
  } finally {
    await story.plugin.close();
  }
}

function summary(report: Report): void {
  const { since, topPaths } = report;
  const rows = [
    `lines ${report.lines}, malformed ${report.malformed}, clients ${report.clients}, lost ${report.lost}`,
    `status ${Object.entries(report.status)
      .map(([code, n]) => `${code}: ${n}`)
      .join(", ")}`,
    `bytes ${report.bytes} (since line ${since.bytes})`,
    `paths asked for most (since line ${since.topPaths}):`,
    ...topPaths.map(([path, n]) => `  ${String(n).padStart(6)}  ${path}`),
  ];
  process.stdout.write(`${fold(process.stdout, rows.map(printable).join("\n"))}\n`);
}

class UsageError extends Error {}

try {
  process.exitCode = await main();
} catch (error) {
  const { message, code } = error as Error & { code?: string };
  const usage = error instanceof UsageError || code?.startsWith("ERR_PARSE_ARGS");
  process.stderr.write(`${fold(process.stderr, message)}\n${usage ? "Try: npm start -- --help\n" : ""}`);
  process.exitCode = usage ? 2 : 1;
}
