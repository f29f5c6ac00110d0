/** Rehearsals: a real upgrade, on copies that are thrown away. */
import {
  type Contract,
  examine,
  type Grant,
  load,
  type Plugin,
  PluginError,
  type Transition,
} from "../../mod.ts";
import { type RehearsedCalls, rehearseAnswers } from "./answering.ts";
import { cross, save, Unequal } from "./crossing.ts";
import { type DriveCall, madeUpDrive } from "./drive.ts";
import { type Driven, driven } from "./driven.ts";
import { Play, type RehearsalStep } from "./play.ts";

export interface RehearseOptions {
  /** What both versions may reach. @default nothing */
  readonly grant?: readonly (Grant | readonly Grant[])[];
  /** What the host expects of both. @default what the old version serves */
  readonly contract?: Contract | undefined;
  /** A snapshot that the old version begins with. @default a fresh start */
  readonly state?: Uint8Array | undefined;
  /** Calls of the old version. @default none with a snapshot, otherwise made up from the seed */
  readonly drive?: readonly DriveCall[] | undefined;
  /** The seed of made-up calls. @default 1 */
  readonly seed?: number;
  /** Whether made-up numbers stay small: for guests without bounds on time and memory. @default false */
  readonly small?: boolean;
  /** Whether the swap itself is rehearsed: it is refused when it breaks callers. @default true */
  readonly swap?: boolean;
  /** Called with what is about to be done. */
  readonly onStep?: (doing: string) => void;
}

export interface Rehearsal {
  /** Whether no step failed. */
  readonly ok: boolean;
  /** In order; a failed step is the last. */
  readonly steps: readonly RehearsalStep[];
  /** The seed of the calls, when they were made up. */
  readonly seed: number | undefined;
  /** Bytes of the old version's state when it was saved. */
  readonly stateBytes: number;
  /** The record of the dry run, with the times of its phases and the lossless table. */
  readonly record: Transition | undefined;
  /** The differing answers; missing when the rehearsal ended before. */
  readonly answers: RehearsedCalls | undefined;
}

/**
 * Loads the old version, drives it, saves it twice, restores the save into the new version, saves that too,
 * and rehearses the swap. Nothing is kept. A guest that never ends blocks this thread: see `rehearseApart`.
 *
 * @throws PluginError when `examine` refuses one of the two modules; DriveError for a call of a function that
 * the old version does not have
 */
export async function rehearse(
  old: Uint8Array,
  next: Uint8Array,
  options: RehearseOptions = {},
): Promise<Rehearsal> {
  const [from, to] = [await examine(old), await examine(next)];
  const { seed = 1, state, contract, swap = true, grant = [], small = false, onStep = () => {} } = options;
  const madeUp = options.drive === undefined && state === undefined;
  const drive = options.drive ?? (madeUp ? madeUpDrive(from.manifest, { seed, small }) : []);
  const steps: RehearsalStep[] = [];
  const made: Plugin[] = [];
  let stateBytes = 0;
  let record: Transition | undefined;
  let answers: RehearsedCalls | undefined;
  const play = new Play({
    from,
    to,
    steps,
    onStep,
    source: (which) => (which === "old" ? old : next),
    async load(which, given) {
      onStep(`the ${which} version's start`);
      const source = play.source(which);
      const { contract: expected, ...rest } = given;
      const plugin = expected
        ? ((await load(expected, source, { grant, ...rest })) as Plugin)
        : await load(source, { grant, ...rest });
      made.push(plugin);
      return plugin;
    },
  });
  const beginning = state ? { state } : {};
  try {
    const start = async () => {
      play.enter("load");
      const plugin = await play.load("old", beginning);
      play.enter("drive");
      return plugin;
    };
    const onCall = (call: string) => onStep(`the old version's ${call}`);
    const began = performance.now();
    const { plugin, ...calls } = await driven(start, { drive, madeUp, onCall });
    const took = performance.now() - began;
    play.say(`${play.old} ${state ? "loads from the snapshot" : "starts"}`, { name: "load" });
    sayCalls(play, calls, madeUp ? seed : undefined);
    play.enter("save");
    const kept = from.manifest.state && (await save(play, plugin));
    stateBytes = kept?.datum.length ?? 0;
    play.enter("restore");
    if (kept) await cross(play, kept);
    else {
      await play.load("new", {});
      play.say(`${play.new} starts; there is no state to take over`);
    }
    play.enter("swap");
    if (swap) {
      const file = kept && { state: kept.file };
      const one = contract ? await play.load("old", { contract, ...file }) : plugin;
      onStep("the swap");
      record = await one.swap(next, { dryRun: true });
      await untouched(plugin, kept?.file);
      play.say("a dry run of the swap went through, and nothing of it is left");
    } else play.say("the swap itself was left out: hosts would refuse it", { outcome: "note" });
    // Memory is limited, so plugins that are not needed any more are closed.
    for (const each of made) if (each !== plugin) await each.close();
    const { leftOut } = calls;
    answers = await rehearseAnswers(play, { plugin, kept, drive: options.drive, seed, small, leftOut, took });
    await untouched(plugin, kept?.file);
  } catch (error) {
    if (!(error instanceof PluginError || error instanceof Unequal)) throw error;
    play.say(error.message, { outcome: "failed" });
  } finally {
    for (const plugin of made) await plugin.close();
  }
  const ok = steps.every(({ outcome }) => outcome !== "failed");
  return { ok, steps, seed: madeUp ? seed : undefined, stateBytes, record, answers };
}

function sayCalls(
  play: Play,
  { calls, erred, leftOut }: Omit<Driven, "plugin">,
  seed: number | undefined,
): void {
  const count = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`;
  const errs = erred === 0 ? "" : `, ${erred} of them with an err`;
  if (seed === undefined) {
    if (calls > 0) play.say(`${play.old} answered ${count(calls, "call")}${errs}`);
    return;
  }
  play.say(`${play.old} answered ${count(calls, "made-up call")}${errs} (seed ${seed})`);
  if (leftOut.length === 0) return;
  play.say(
    `left out, because made-up values trap it: ${leftOut.join(", ")}; a drive of your own can call it`,
    {
      outcome: "note",
    },
  );
}

async function untouched(plugin: Plugin, file: Uint8Array | undefined): Promise<void> {
  if (!file || Buffer.compare(await plugin.snapshot(), file) === 0) return;
  throw new Unequal("the dry run changed the old version's state");
}
