/** `moult rollout`: leads a new version to its calls, step by step. */

import {
  abortRollout,
  type Bound,
  controlRollouts,
  type Measured,
  type Mirroring,
  mirrorIn,
  planIn,
  promoteRollout,
  type Rollout,
  type RolloutOptions,
  rollBack,
  rolloutIn,
  type Step,
  startRollout,
} from "../release/mod.ts";
import type { Fabric } from "../remote/mod.ts";
import { EXIT, Failure } from "./failure.ts";
import { type FabricOptions, fabricOptions, openFabric } from "./given/fabric.ts";
import { refused } from "./given/refused.ts";
import { boundsOf, stepsOf, timeOf } from "./given/rollout-steps.ts";
import { whole } from "./given/whole.ts";
import { ms } from "./nodes.ts";
import { count, rows } from "./page/page.ts";
import { progress } from "./page/progress.ts";
import { plain } from "./plain.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

interface Options extends FabricOptions {
  readonly to?: string;
  readonly steps?: readonly Step[];
  readonly abortOn?: readonly Bound[];
  readonly minSamples?: number;
  readonly failureLimit?: number;
  readonly interval?: number;
  readonly ignore?: readonly string[];
  readonly keep?: number;
  readonly ready?: number;
  readonly full?: boolean;
  readonly why?: string;
}

const HELP = `
A step is a share (5%), a time for which it stays (30s), or "pause", until somebody promotes it. From "mirror" to the next
share it runs the calls of the stable version, too, and answers none. With --abort-on the version is measured all the
while: against a number, or (1.5x) against the stable version in the same time; a mirror by how many answers differ.

The command makes the steps itself, and so does every "moult host": after Ctrl-C those go on.

  moult rollout status NAME      where it is
  moult rollout promote NAME     goes on behind a pause; with --full, past all steps
  moult rollout abort NAME       the old version has all calls again
  moult rollout rollback NAME    returns to the version before; --keep says how long this one stays loaded
  moult rollout history NAME     what was rolled out, and what came of it

Exit codes: 0 it is promoted, or was done; 1 it was aborted, pauses or was refused; 2 used wrongly; 130 Ctrl-C.

Examples:
  moult rollout visits --to 2.0.0 --steps 5%,30s,50%,30s,100% --abort-on "error-rate>1%,p99>1.5x"
  moult rollout visits --to 2.0.0 --steps mirror,30s,5%,30s,100% --abort-on "differing>0%"
`;

const VERBS = ["status", "promote", "abort", "rollback", "history"] as const;

export const rollout: Verb = (program, run) => {
  fabricOptions(program.command("rollout"))
    .summary("lead a new version to its calls, step by step")
    .description(
      "Gives a version that was published a growing share of the calls, and takes it back where it does badly.",
    )
    .argument("<name>", `a plugin; or ${VERBS.join(", ")}, and then the plugin`)
    .argument("[plugin]", "the plugin, behind one of those")
    .option("--to <version>", "the new version")
    .option("--steps <steps>", "5%,30s,50%,100%", stepsOf)
    .option("--abort-on <bounds>", "error-rate>1%,p99>1.5x", boundsOf)
    .option("--min-samples <calls>", "calls that are needed to say anything; else 50", whole(1, 1e9))
    .option("--failure-limit <times>", "failed measurements that are put up with; else none", whole(0, 1e6))
    .option("--interval <time>", "between two measurements; else 5s", timeOf)
    .option("--ignore <errors>", "kinds of errors that do not count: guest-error,argument", kindsOf)
    .option("--keep <time>", "for which the version before stays loaded at the end; else 30s", timeOf)
    .option("--ready <time>", "that nodes may take to load it; else 1m", timeOf)
    .option("--full", "with promote: past all steps")
    .option("--why <text>", "with abort: for those who look at its history")
    .addHelpText("after", HELP)
    .action(run(open));
};

async function open(
  terminal: Terminal,
  first: string,
  second: string | undefined,
  options: Options,
): Promise<number> {
  const verb = VERBS.find((each) => each === first && second !== undefined);
  if (second !== undefined && !verb)
    throw new Failure(`${first} is none of ${VERBS.join(", ")}`, { exit: EXIT.usage });
  const name = verb ? second! : first;
  checkTaken(verb, options);
  await using fabric = await openFabric(terminal, options);
  try {
    if (verb === "status" || verb === "history") return await show(terminal, fabric, name, verb);
    if (verb === "abort")
      return told(terminal, name, await abortRollout(fabric, name, why(options)), EXIT.ok);
    if (verb === "promote") await promoteRollout(fabric, name, { full: options.full === true });
    else if (verb === "rollback") {
      const back = await rollBack(fabric, name, endOf(options));
      // One that was under way is back already: that is what was asked for.
      if (back.phase === "aborted") return told(terminal, name, back, EXIT.ok);
    } else await begin(fabric, name, options);
    return await conducted(terminal, fabric, name);
  } catch (cause) {
    throw refused(cause);
  }
}

const why = ({ why: said }: Options) => (said === undefined ? {} : { why: said });

async function begin(fabric: Fabric, name: string, options: Options): Promise<void> {
  const { to, steps, abortOn, minSamples, failureLimit, interval, ignore } = options;
  if (to === undefined)
    throw new Failure("which version was not said", {
      exit: EXIT.usage,
      hint: `moult rollout ${name} --to 2.0.0`,
    });
  const measuring = { minSamples, failureLimit, interval, ignore };
  const idle = Object.entries(measuring).find(([, value]) => value !== undefined && !abortOn)?.[0];
  if (idle !== undefined)
    throw new Failure(`${flagOf(idle)} says how it is measured, and nothing is`, {
      exit: EXIT.usage,
      hint: "say --abort-on error-rate>1%",
    });
  const analysis = abortOn && { abortOn, ...measuring };
  await startRollout(fabric, name, {
    ...{ to, ...endOf(options) },
    ...(steps && { steps }),
    ...(analysis && { analysis }),
  });
}

/** What a rollout is given besides where it leads. */
function endOf({ keep, ready }: Options): Pick<RolloutOptions, "keep" | "ready"> {
  return { ...(keep !== undefined && { keep }), ...(ready !== undefined && { ready }) };
}

/** Options of each verb, besides those of every one; without a verb, a rollout begins. */
const TAKEN: Readonly<Record<(typeof VERBS)[number] | "begin", readonly (keyof Options)[]>> = {
  begin: ["to", "steps", "abortOn", "minSamples", "failureLimit", "interval", "ignore", "keep", "ready"],
  status: [],
  promote: ["full"],
  abort: ["why"],
  rollback: ["keep", "ready"],
  history: [],
};

/** @throws Failure for an option that would change nothing */
function checkTaken(verb: (typeof VERBS)[number] | undefined, options: Options): void {
  const own = TAKEN[verb ?? "begin"];
  const others = Object.values(TAKEN).flat();
  const strange = others.find((each) => options[each] !== undefined && !own.includes(each));
  if (strange === undefined) return;
  const wanted = own.length > 0 ? `it takes ${own.map(flagOf).join(", ")}` : "it takes none of those";
  throw new Failure(`${flagOf(strange)} is not for moult rollout ${verb ?? "NAME"}: ${wanted}`, {
    exit: EXIT.usage,
  });
}

function flagOf(option: string): string {
  return `--${option.replace(/[A-Z]/g, (char) => `-${char.toLowerCase()}`)}`;
}

function kindsOf(text: string): readonly string[] {
  return text.split(",").map((each) => each.trim());
}

/** Makes its steps until it is over, or waits for somebody. */
async function conducted(terminal: Terminal, fabric: Fabric, name: string): Promise<number> {
  await using controller = await controlRollouts(fabric, { names: [name] });
  const line = progress(terminal);
  let at = await rolloutIn(fabric, name);
  let shown = at?.events.length ?? 0;
  const { promise, resolve } = resolvers();
  controller.on("rollout", ({ rollout }) => {
    at = rollout;
    line.end();
    for (const { text } of rollout.events.slice(Math.min(shown, rollout.events.length))) {
      if (terminal.json)
        terminal.printRecord({ plugin: name, phase: rollout.phase, weight: rollout.weight, text });
      else terminal.say(plain(text));
    }
    shown = rollout.events.length;
    if (isStill(rollout)) resolve();
  });
  controller.on("measured", ({ fresh, stable }) => {
    if (at) line.draw(`${at.to}: ${measured(fresh)}; ${at.from}: ${measured(stable)}`, at.weight / 100);
  });
  controller.on("fault", (error) => terminal.say(plain((error as Error)?.message ?? String(error))));
  terminal.signal.addEventListener("abort", () => resolve(), { once: true });
  if (at && isStill(at)) resolve();
  await promise;
  line.end();
  terminal.signal.throwIfAborted();
  return told(terminal, name, at!, at!.phase === "promoted" ? EXIT.ok : EXIT.refused);
}

/** Whether nothing comes of waiting: it is over, or waits for somebody. */
function isStill({ phase, warm }: Rollout): boolean {
  return phase !== "preparing" && phase !== "running" && !warm;
}

function measured({ calls, errors, p99 }: Measured): string {
  const failed = Object.values(errors).reduce((sum: number, each) => sum + (each ?? 0), 0);
  return `${calls} calls, ${failed} errors${p99 === undefined ? "" : `, p99 ${ms(p99)}`}`;
}

function told(
  terminal: Terminal,
  name: string,
  { phase, from, to, weight, why }: Rollout,
  exit: number,
): number {
  if (terminal.json) terminal.printRecord({ plugin: name, from, to, phase, weight, ...(why && { why }) });
  else {
    const because = why === undefined ? "" : `: ${why}`;
    terminal.print(
      plain(`${name} ${to} is ${phase}${phase === "paused" ? ` at ${weight} %` : ""}${because}`),
    );
  }
  if (phase === "paused")
    terminal.say(`moult rollout promote ${name} goes on, moult rollout abort ${name} does not`);
  return exit;
}

async function show(
  terminal: Terminal,
  fabric: Fabric,
  name: string,
  verb: "status" | "history",
): Promise<number> {
  const rollout = await rolloutIn(fabric, name);
  const plan = await planIn(fabric, name);
  if (!rollout) throw new Failure(`${name} was not rolled out in ${fabric.shown}`);
  const { past, events, ...rest } = rollout;
  const all = [...past, { ...rest, at: rest.since }];
  if (verb === "history") {
    if (terminal.json)
      terminal.printJson(all.map(({ from, to, phase, at, why }) => ({ from, to, phase, at, why })));
    else
      rows(
        terminal,
        all.map(({ from, to, phase, at, why = "" }) => [date(at), from, to, phase, why]),
      );
    return EXIT.ok;
  }
  const mirror = await mirrorIn(fabric, name);
  if (terminal.json) {
    terminal.printJson({ plugin: name, plan, rollout, ...(mirror && { mirror }) });
    return EXIT.ok;
  }
  told(terminal, name, rollout, EXIT.ok);
  rows(terminal, plan?.split.map(({ version, weight }) => [version, `${weight} %`]) ?? []);
  if (mirror) mirrored(terminal, mirror);
  rows(
    terminal,
    events.map(({ at, text }) => [date(at), text]),
  );
  return EXIT.ok;
}

function mirrored(terminal: Terminal, { compared, differing, failed, examples }: Mirroring): void {
  const sums = [`${count(compared)} compared`, `${count(differing)} differing`, `${count(failed)} failed`];
  rows(terminal, [["mirror", ...sums], ...examples.map((each) => ["", plain(each)])]);
}

function date(at: number): string {
  return new Date(at).toISOString().replace("T", " ").slice(0, 19);
}

function resolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
