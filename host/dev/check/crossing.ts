/** The state of an old version on its way into a new one, checked on both sides. */
import { isDeepStrictEqual } from "node:util";
import { decode, parseSchema, passage, readSnapshot, v1 } from "../../../abi/tools.ts";
import type { Examined, Plugin } from "../../mod.ts";
import type { Play } from "./play.ts";

/** Bytes differ that should be equal. */
export class Unequal extends Error {
  override readonly name = "Unequal";
}

export interface Saved {
  /** A snapshot. */
  readonly file: Uint8Array;
  readonly datum: Uint8Array;
}

/**
 * Saves the old version twice, and restores it into itself: a save must change nothing and leave nothing out.
 */
export async function save(play: Play, plugin: Plugin): Promise<Saved> {
  play.onStep("the old version's save");
  const first = await read(plugin);
  const second = await read(plugin);
  equal(first.datum, second.datum, "saved twice, its state differs: a save must not change the state");
  const again = await play.load("old", { state: first.file });
  play.onStep("the old version's save");
  const problem = `${play.old} does not save what it restored`;
  if (!hasHook(play.from.code)) equal(first.datum, (await read(again)).datum, problem);
  play.say(`${play.old} saves ${size(first.datum)}, twice the same, and comes back from them`);
  return first;
}

/** Restores the old version's save into the new one, and saves that. */
export async function cross(play: Play, kept: Saved): Promise<void> {
  const { manifest, code } = play.to;
  play.onStep("the new version's restore");
  const plugin = await play.load("new", { state: kept.file });
  play.say(`${play.new} takes the state over, and finds it right`);
  play.enter("round-trip");
  play.onStep("the new version's save");
  const { file, datum } = await read(plugin);
  const { datum: old, ...origin } = await readSnapshot(kept.file);
  const way = passage(origin, manifest.state!, manifest);
  const expected = way.kind === "migrated" ? undefined : way.translate ? way.translate(old) : old;
  const saves = `${play.new} saves ${size(datum)}`;
  if (hasHook(code) && expected && Buffer.compare(expected, datum) !== 0) {
    const fields = differing(manifest.state!.schema, expected, datum);
    play.say(`${saves}; its onRestore changed ${fields ?? "them"}`, { outcome: "note" });
  } else if (hasHook(code) && !expected) {
    play.say(`${saves}, made by ${way.steps.join(" -> ")} and its onRestore`, { outcome: "note" });
  } else if (!expected) {
    const again = await play.load("new", { state: file });
    equal(datum, (await read(again)).datum, `${play.new} does not save what it restored`);
    play.say(`${saves}, made by ${way.steps.join(" -> ")}, and comes back from them`);
  } else {
    const fields = differing(manifest.state!.schema, expected, datum);
    equal(
      expected,
      datum,
      `${play.new} does not save what it took over${fields ? ` (${fields} differ)` : ""}`,
    );
    play.say(`${saves}: every old value is in them`);
  }
}

async function read(plugin: Plugin): Promise<Saved> {
  const file = await plugin.snapshot();
  return { file, datum: (await readSnapshot(file)).datum };
}

/**
 * The fields of the root in which two states differ: `clients, lines`; nothing for a state without fields.
 */
function differing(json: unknown, one: Uint8Array, other: Uint8Array): string | undefined {
  const schema = parseSchema(json);
  if (schema.kind !== "record") return undefined;
  const [a, b] = [one, other].map((datum) => decode(schema, datum) as Record<string, unknown>);
  const fields = schema.fields.filter(({ name }) => !isDeepStrictEqual(a![name], b![name]));
  return fields.map(({ name }) => name).join(", ");
}

/** Whether the module has a hook after a restore, which may change what was restored. */
export function hasHook(code: Examined["code"]): boolean {
  return WebAssembly.Module.exports(code).some(({ name }) => name === v1.RESTORED);
}

function equal(wanted: Uint8Array, found: Uint8Array, problem: string): void {
  if (Buffer.compare(wanted, found) === 0) return;
  const least = Math.min(wanted.length, found.length);
  let at = 0;
  while (at < least && wanted[at] === found[at]) at++;
  throw new Unequal(
    `${problem}: ${size(wanted)}, then ${size(found)}, and byte ${at} is the first that differs`,
  );
}

function size({ length }: Uint8Array): string {
  return length === 1 ? "1 byte" : `${length} bytes`;
}
