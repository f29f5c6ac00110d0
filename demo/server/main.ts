/** `npm run demo:server`: a server whose handler is a plugin, under a load that does not stop. */
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { load } from "moult";
import { type WatchEvent, watch } from "moult/dev";
import { projectRoot } from "../kept.ts";
import { count } from "../screen.ts";
import { Handler } from "./contract.ts";
import { Load } from "./load.ts";
import { Meter } from "./meter.ts";
import { HELP, type Options, optionsOf, UsageError } from "./options.ts";
import { Site } from "./site.ts";
import { EDITS, Tour } from "./tour.ts";
import { Turns } from "./turns.ts";
import { ms, ServerView } from "./view.ts";

/** Milliseconds between the edits of a tour that has no end of its own. */
const BETWEEN = 2_000;

/** @returns the exit code */
async function main(options: Options): Promise<number> {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  const handler = join(projectRoot(), "wasm-plugins", "pages", "handler.ts");
  const tour = options.tour ? new Tour(handler) : undefined;
  try {
    return await run(options, { entry: tour?.entry ?? handler, tour, signal: interrupted.signal });
  } finally {
    tour?.end();
  }
}

interface Course {
  readonly entry: string;
  readonly tour: Tour | undefined;
  readonly signal: AbortSignal;
}

async function run(options: Options, { entry, tour, signal }: Course): Promise<number> {
  const view = options.json ? undefined : new ServerView(process.stdout);
  let seen: Turns | undefined;
  const onEvent = (event: WatchEvent) => {
    // A first build that fails is what load throws.
    if (event.kind === "failed") seen?.failed(event.error);
  };
  view?.say(`building ${entry}`, "plain");
  // Built quickly rather than for speed: what is shown is how soon a save answers requests.
  const source = watch(entry, { optimize: "debug", onEvent });
  const follow = { probation: { calls: 2 * options.rate } };
  await using plugin = await load(Handler, source, { follow });
  const site = await Site.open(plugin, options.port);
  try {
    const order = { url: site.url, rate: options.rate };
    const under = await Load.begin(order, (batch) => meter.add(batch));
    const meter = new Meter();
    const turns = new Turns(view, { plugin, now: () => meter.now });
    seen = turns;
    const what = tour ? "the tour edits a copy" : `edit ${entry} and save it`;
    view?.say(`serving ${site.url}; ${what}. Ctrl-C ends this`, "plain");
    const drawing = setInterval(() => view?.draw({ plugin, url: site.url, meter, ...turns }), 100);
    try {
      await course(options, { tour, turns, signal, say: (text) => view?.say(text, "plain") });
      await under.end();
    } finally {
      clearInterval(drawing);
      view?.end();
    }
    const counted = Number(await plugin.call.requests());
    return told(options, { meter, turns, counted, answered: site.answered });
  } finally {
    await site.close();
  }
}

interface Guiding extends Pick<Course, "tour" | "signal"> {
  readonly turns: Turns;
  readonly say: (text: string) => void;
}

/** Until the time is over, the tour is, or somebody ends it. */
async function course({ seconds }: Options, { tour, turns, signal, say }: Guiding): Promise<void> {
  const bounded = Number.isFinite(seconds);
  const time = bounded || !tour ? rest(bounded ? seconds * 1_000 : 2 ** 30, signal) : Promise.resolve();
  const gap = bounded ? (seconds * 1_000) / (EDITS.length + 1) : BETWEEN;
  for (const edit of tour ? EDITS : []) {
    await rest(gap, signal);
    if (signal.aborted) break;
    const done = turns.next(edit.ends, signal);
    say(`an edit: ${edit.what}`);
    tour?.make(edit);
    await done;
  }
  if (tour && !bounded) await rest(gap, signal);
  await time;
}

/** Waits; a signal ends it early. */
async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await after(ms, undefined, { signal }).catch(() => {});
}

interface Ended {
  readonly meter: Meter;
  readonly turns: Turns;
  /** By the plugin, and by the server. */
  readonly counted: number;
  readonly answered: number;
}

/** Tells how it went. @returns the exit code */
function told({ json }: Options, { meter, turns, counted, answered }: Ended): number {
  const { p50, p99 } = meter.total;
  const { counts, longestPause } = turns;
  const { failed } = meter;
  if (json) {
    const { swapped, refused, failed: notBuilt, "rolled-back": rolledBack } = counts;
    const edits = { swapped, refused, notBuilt, rolledBack, longestPause };
    const report = { answered: meter.answered, failed, counted, p50, p99, ...edits };
    process.stdout.write(`${JSON.stringify(report)}\n`);
  } else {
    const rows = [
      `answered ${count(meter.answered)}, failed ${count(failed)}, p50 ${ms(p50)}, p99 ${ms(p99)}`,
      `swapped ${counts.swapped}, longest pause ${ms(longestPause)}; refused ${counts.refused}, not built ${counts.failed}, rolled back ${counts["rolled-back"]}`,
      `the server answered ${count(answered)} requests, and its handler's state says ${count(counted)}`,
    ];
    process.stdout.write(`${rows.join("\n")}\n`);
  }
  if (meter.why) process.stderr.write(`a request failed: ${meter.why}\n`);
  if (counted !== answered) process.stderr.write("the two counts are not equal\n");
  return failed === 0 && counted === answered ? 0 : 1;
}

try {
  const options = optionsOf(process.argv.slice(2));
  if (options) process.exitCode = await main(options);
  else process.stdout.write(HELP);
} catch (error) {
  const { message, code } = error as Error & { code?: string };
  const usage = error instanceof UsageError || code?.startsWith("ERR_PARSE_ARGS");
  process.stderr.write(`${message}\n${usage ? "Try: npm run demo:server -- --help\n" : ""}`);
  process.exitCode = usage ? 2 : 1;
}
