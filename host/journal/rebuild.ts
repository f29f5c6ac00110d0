/** Rebuilding a generation from what was kept of one that is gone: restart, undo and durable start are all this. */

import { type Steps, wait } from "../awaitable.ts";
import type { Binding } from "../contract/view.ts";
import type { Keep, Recalled } from "../durable/keep.ts";
import { PluginError } from "../errors.ts";
import { nearCandidate, passageFrom } from "../generation/candidate.ts";
import type { NearGeneration } from "../generation/near.ts";
import { type PluginModule, title } from "../module/module.ts";
import type { Standing } from "../swap/lifecycle.ts";
import type { Entry, Journal } from "./journal.ts";
import { type Replayed, recover } from "./replay.ts";

export interface Rebuilt {
  readonly generation: NearGeneration;
  readonly replayed: Replayed;
  /** The call that a crash interrupted, and what became of it. */
  readonly interrupted?: { readonly name: string; readonly outcome: "resumed" | "dropped" };
}

export interface RebuildOptions {
  readonly module: PluginModule;
  readonly keep: Keep;
  /** The number of the generation that it becomes. */
  readonly number: number;
  readonly recalled: Recalled;
}

/**
 * A fresh instance with the state and the calls that were kept, ready to serve.
 *
 * @throws PluginError `incompatible-state`, `failed-start`, `failed-restore`, `failed-check`, `unreplayable`
 */
export function* rebuild(standing: Standing, options: RebuildOptions): Steps<Rebuilt> {
  const { keep, recalled } = options;
  const { entries } = recalled.journal;
  const open = entries.at(-1)?.digest === undefined ? entries.pop() : undefined;
  if (!open) return yield* caughtUp(standing, options);
  const { name } = open;
  if (yield* wait(keep.resume(open))) {
    const at = yield* caughtUp(standing, options, open);
    if (at.interrupted) return at;
    at.generation.discard();
  }
  // It trapped as it would have then, or ends the process each time: nobody was told that it is done.
  keep.drop(open);
  return { ...(yield* caughtUp(standing, options)), interrupted: { name, outcome: "dropped" } };
}

/** @param open a call that is gone on with, when everything before it is done again */
function* caughtUp(standing: Standing, options: RebuildOptions, open?: Entry): Steps<Rebuilt> {
  const { module, number, recalled, keep } = options;
  const { state, origin, journal } = recalled;
  const { lineage } = standing;
  const { grants } = standing.options;
  const bindings = () => standing.bound({ module });
  const plugin = module.adapter.typed ? origin?.plugin : module.manifest.name;
  const way = origin && passageFrom({ ...origin, plugin }, module);
  const candidate = nearCandidate({ module, number, grants, lineage, way, bindings });
  const generation = candidate.successor() as NearGeneration;
  try {
    if (state) generation.restore(state);
    const first = generation.calls.length;
    const entries = open ? [...journal.entries, open] : journal.entries;
    generation.bind(numbered(entries, bindings(), module));
    const replayed = yield* recover(generation, journal, { since: "since the snapshot" });
    const resumed = open && (yield* goneOn(generation, open, { journal, keep }));
    generation.unbind(first);
    generation.check();
    const made = { generation, replayed };
    return resumed ? { ...made, interrupted: { name: open.name, outcome: "resumed" } } : made;
  } catch (error) {
    generation.discard();
    throw error;
  }
}

/** @returns false when it traps, or is refused: then the generation is of no use any more */
function* goneOn(
  generation: NearGeneration,
  open: Entry,
  { journal, keep }: { readonly journal: Journal; readonly keep: Keep },
): Steps<boolean> {
  try {
    open.digest = yield* wait(generation.replay(open, journal, keep));
  } catch (error) {
    const lost = keep.lost();
    if (lost) throw lost;
    if (error instanceof PluginError && error.code === "store-failed") throw error;
    return false;
  }
  yield* wait(keep.end(open));
  return true;
}

/** Gives entries their functions' numbers. @returns functions that no view has, as the module itself has them */
function numbered(entries: readonly Entry[], bound: readonly Binding[], module: PluginModule): Binding[] {
  const slots = new Map<string, number>();
  for (const [slot, { name }] of bound.entries()) if (!slots.has(name)) slots.set(name, slot);
  const more: Binding[] = [];
  for (const entry of entries) {
    if (bound[entry.slot]?.name === entry.name) continue;
    if (!slots.has(entry.name)) {
      const own = module.adapter.typed && module.manifest.exports.find(({ name }) => name === entry.name);
      if (!own) {
        const why = `a call of ${entry.name} is to be run again, which the contract does not have`;
        throw new PluginError("unreplayable", `could not recover ${title(module)}: ${why}`);
      }
      slots.set(entry.name, bound.length + more.length);
      more.push({ name: own.name, type: own });
    }
    entry.slot = slots.get(entry.name)!;
  }
  return more;
}
