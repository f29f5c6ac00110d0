/** The gates of a plugin's dependents, in the one order in which everything takes them. */
import type { Gate } from "../call/gate.ts";
import { detail, PluginError } from "../errors.ts";
import type { Dependent } from "../grant/provider.ts";

/**
 * The dependents that a pause has to keep out, with theirs, those of the lowest rank first: a plugin ranks above
 * all that it calls, so that two pauses never hold a gate that the other one waits for.
 */
export function upwards(dependents: readonly Dependent[]): readonly Dependent[] {
  const found = new Set(dependents);
  for (const each of found) for (const above of each.providing?.atOnce ?? []) found.add(above);
  return [...found].sort((a, b) => a.rank - b.rank || (a.order < b.order ? -1 : 1));
}

/** The same work, done while no call is inside of a dependent. */
export function quietIn<T>(
  dependent: Dependent,
  work: () => Promise<T>,
  [drain, signal]: readonly [drain: number, signal: AbortSignal | undefined],
): () => Promise<T> {
  const { gate, name } = dependent;
  return () => {
    let begun = false;
    const working = () => {
      begun = true;
      return work();
    };
    return gate.quiet(working, drain, signal).catch((error: unknown) => {
      if (begun || !(error instanceof PluginError)) throw error;
      // What is closed calls nothing any more.
      if (dependent.closed) return work();
      throw new PluginError(error.code, `${name}, which calls it: ${detail(error)}`, { cause: error });
    });
  };
}

/** Keeps the calls of some gates waiting, until it is called with `false`: the same gates, whoever joined since. */
export class Holding {
  #gates: readonly Gate[] = [];

  hold(held: boolean, dependents: () => readonly Dependent[]): void {
    if (held) this.#gates = dependents().map(({ gate }) => gate);
    for (const gate of this.#gates) gate.hold(held);
  }
}
