/** Rebuilding a lost generation from what was kept of it: for a restart, an undo and a durable start. */
import { type Steps, wait } from "../awaitable.ts";
import type { Contract } from "../contract/contract.ts";
import { PluginError } from "../errors.ts";
import type { Build, Generation } from "../generation/generation.ts";
import { type Replayed, recover } from "../journal/replay.ts";
import { passageFrom } from "../module/passage.ts";
import type { InterruptedCall, Keep, Recalled } from "./keep.ts";

export interface Rebuilt {
  readonly generation: Generation;
  readonly replayed: Replayed;
  /** The call that a crash interrupted, and whether it was continued. */
  readonly interrupted?: { readonly name: string; readonly outcome: "resumed" | "dropped" };
}

export interface RebuildOptions {
  readonly build: Build;
  readonly contracts: readonly Contract[];
  /** The number of the new generation. */
  readonly number: number;
  readonly keep: Keep;
  readonly recalled: Recalled;
}

/**
 * Makes a fresh instance with the kept state and calls, ready to serve.
 *
 * @throws PluginError `incompatible-state`, `failed-start`, `failed-restore`, `failed-check`, `unreplayable`
 */
export function* rebuild(options: RebuildOptions): Steps<Rebuilt> {
  const { keep, recalled } = options;
  const { interrupted } = recalled;
  if (!interrupted) return yield* caughtUp(options);
  const { name } = interrupted;
  const at = yield* caughtUp(options, interrupted);
  if (at.interrupted) return at;
  at.generation.discard();
  // The call trapped, or ends the process each time. It was never acknowledged, so it is left out.
  yield* wait(keep.log?.trapped());
  return { ...(yield* caughtUp(options)), interrupted: { name, outcome: "dropped" } };
}

/** @param interrupted the call to continue after all calls before it */
function* caughtUp(options: RebuildOptions, interrupted?: InterruptedCall): Steps<Rebuilt> {
  const { build, contracts, number, recalled, keep } = options;
  const { state, origin, calls } = recalled;
  const plugin = build.typed ? origin?.plugin : build.manifest.name;
  const way = origin && passageFrom({ ...origin, plugin }, build);
  const generation = yield* wait(build.candidate({ number, contracts, way }).successor());
  try {
    if (state) yield* wait(generation.restore(state));
    const replayed = yield* recover(generation, calls, { since: "since the snapshot", fresh: true });
    const made = { generation, replayed };
    if (interrupted && !(yield* goneOn(generation, interrupted, keep))) return made;
    yield* wait(generation.check());
    return interrupted ? { ...made, interrupted: { name: interrupted.name, outcome: "resumed" } } : made;
  } catch (error) {
    generation.discard();
    throw error;
  }
}

/**
 * @returns false when it traps, is refused, or was tried too often: then the generation is of no use any more
 */
function* goneOn(generation: Generation, call: InterruptedCall, keep: Keep): Steps<boolean> {
  const { log } = keep;
  // A start that ends before it comes to this call says nothing of it.
  if (!(yield* wait(keep.resume(call)))) return false;
  let digest: number;
  try {
    digest = yield* wait(generation.replay(call, log));
  } catch (error) {
    const lost = log?.lost();
    if (lost) throw lost;
    if (error instanceof PluginError && error.code === "store-failed") throw error;
    return false;
  }
  const lost = log?.lost();
  if (lost) throw lost;
  yield* wait(log?.end(digest));
  return true;
}
