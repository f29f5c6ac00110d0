/**
 * The answers of a rehearsal: the same calls before and after the state has crossed, first into the same
 * version.
 */
import { type Answers, type Asked, type Contract, contract, type Plugin } from "../../mod.ts";
import { hasHook, type Saved } from "./crossing.ts";
import { type DriveCall, madeUpDrive } from "./drive.ts";
import { differences, heldOutside } from "./held.ts";
import { expectedOf, interfaceChanges } from "./interface-changes.ts";
import type { Play } from "./play.ts";

/** How often each function is called when the calls are made up. */
const ROUNDS = 2;
/**
 * Milliseconds that a drive may take; of a longer drive only the first calls are compared, and the report
 * says so.
 */
const LONG = 3_000;

/** The differing answers. */
export interface RehearsedCalls {
  /** The old version against another instance of it with its state. */
  readonly old: Answers | undefined;
  /** The old version against the new one, for the functions that both have. */
  readonly between: Answers | undefined;
  /** The new version with the old one's state, against another instance of it. */
  readonly new: Answers | undefined;
}

export interface Answering {
  /** The old version, driven. */
  readonly plugin: Plugin;
  readonly kept: Saved | undefined;
  /** Given calls. @default made up from the seed */
  readonly drive: readonly DriveCall[] | undefined;
  readonly seed: number;
  /** Whether made-up numbers stay small. */
  readonly small: boolean;
  /** Functions that trapped on made-up values. */
  readonly leftOut: readonly string[];
  /** Milliseconds that the drive took. */
  readonly took: number;
}

/** @throws PluginError when the state after these calls does not cross */
export async function rehearseAnswers(play: Play, answering: Answering): Promise<RehearsedCalls> {
  const { plugin, kept, seed, small } = answering;
  const madeUp = { seed, small, rounds: ROUNDS };
  const { from, to } = play;
  const file = kept && { state: kept.file };
  const names = sharedNames(play);
  const whole = names.size === from.manifest.exports.length;
  const oldCalls = callsOf(answering, answering.drive ?? madeUpDrive(from.manifest, madeUp));
  const first = await compared(play, plugin, { which: whole ? "new" : "old", calls: oldCalls });
  let between = first?.next;
  if (!whole && names.size > 0) {
    const part = await play.load("old", { contract: sharing(play, names), ...file });
    const calls = oldCalls.filter(([name]) => names.has(name));
    between = (await compared(play, part, { which: "new", calls }))?.next;
    await part.close();
  }
  play.enter("answers");
  const reported = first?.itself && tellItself(play, "old", first.itself);
  if (between) tellBetween(play, between, new Set(reported?.differing.map(({ name }) => name)));
  if (play.alone) return { old: first?.itself, between: undefined, new: undefined };
  const newer = await play.load("new", { ...file });
  const drive = answering.drive?.filter(([name]) => names.has(name));
  const newCalls = callsOf(answering, drive ?? madeUpDrive(to.manifest, madeUp));
  const itself = (await compared(play, newer, { which: "new", calls: newCalls }))?.itself;
  play.enter("answers");
  if (itself) tellItself(play, "new", itself, reported?.leftOut);
  return { old: first?.itself, between, new: itself };
}

async function compared(
  play: Play,
  plugin: Plugin,
  { which, calls }: { readonly which: "old" | "new"; readonly calls: readonly DriveCall[] },
) {
  if (calls.length === 0) return undefined;
  play.enter("swap");
  play.onStep("the comparing of answers");
  const { answers } = await plugin.swap(play.source(which), { dryRun: true, answers: calls as Asked });
  if (answers?.skipped === undefined) return answers;
  play.enter("answers");
  play.say(`no answers were compared: ${answers.skipped}`, { outcome: "note" });
  return undefined;
}

function callsOf({ leftOut, took }: Answering, calls: readonly DriveCall[]): readonly DriveCall[] {
  const known = calls.filter(([name]) => !leftOut.includes(name));
  return took > LONG ? known.slice(0, Math.max(1, Math.floor((known.length * LONG) / took))) : known;
}

/** Functions of the old version that the new one serves compatibly, by their names in camelCase. */
function sharedNames({ from, to }: Play): ReadonlySet<string> {
  const expected = expectedOf(from.manifest);
  const names = [...expected.functions].filter(([name, type]) => {
    const changes = interfaceChanges({ ...expected, functions: new Map([[name, type]]) }, to.manifest);
    return changes.every(({ kind }) => kind !== "breaks");
  });
  return new Set(names.map(([name]) => name));
}

function sharing({ from }: Play, names: ReadonlySet<string>): Contract {
  const { interface: name = "moult:plugin/world@1.0.0", functions } = expectedOf(from.manifest);
  return {
    ...contract(name, {}),
    functions: new Map([...functions].filter(([each]) => names.has(each))),
  };
}

/** @param before functions that were already reported as not comparable */
function tellItself(
  play: Play,
  of: "old" | "new",
  answers: Answers,
  before: Answers["leftOut"] = [],
): Answers {
  const { manifest, code } = of === "old" ? play.from : play.to;
  const held = heldOutside(answers, manifest, hasHook(code));
  const swapped = `swapped for itself, ${play[of]} answers`;
  if (held) {
    const outcome = held.meant ? "note" : "failed";
    play.say(`${swapped} otherwise${held.why}`, { outcome, of });
    for (const line of held.lines) play.say(line, { outcome, of });
  } else if (answers.calls > 0) play.say(`${swapped} ${count(answers.calls)} as before`, { of });
  const leftOut = answers.leftOut.filter(({ name }) => before.every((each) => each.name !== name));
  sayLeftOut(play, of, leftOut);
  return answers;
}

/** @param known functions whose answers already differ within the old version */
function tellBetween(play: Play, answers: Answers, known: ReadonlySet<string>): void {
  const lines = differences(answers, known);
  if (lines.length === 0) {
    if (answers.calls > 0 && known.size === 0)
      play.say(`${play.new} answers ${count(answers.calls)} as ${play.old} does`, { of: "between" });
    return;
  }
  play.say(`${play.new} answers otherwise than ${play.old}; whether that is meant only you can say`, {
    outcome: "note",
    of: "between",
  });
  for (const line of lines) play.say(line, { outcome: "note", of: "between" });
}

function sayLeftOut(play: Play, of: "old" | "new", leftOut: Answers["leftOut"]): void {
  if (leftOut.length === 0) return;
  const [first, ...rest] = leftOut;
  const more = rest.length > 0 ? `; nor could ${rest.map(({ name }) => name).join(", ")}` : "";
  play.say(`${first!.name} could not be compared: ${first!.why}${more}`, { outcome: "note", of });
}

function count(calls: number): string {
  return calls === 1 ? "a call" : `${calls} calls`;
}
