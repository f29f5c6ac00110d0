/** Recovery, one function: rollback, restart and a durable start all replay a journal on a generation. */

import { PluginError, reason } from "./errors.ts";
import type { Entry, Journal } from "./journal.ts";
import { type Maybe, type Steps, wait } from "./steps.ts";

/** What recovery needs of a generation. */
export interface Recoverable {
  /** Runs one call of the journal again. @returns the digest of what it answers now */
  replay(entry: Entry, journal: Journal): Maybe<number>;
  /** Keeps a copy of what it is, to be put back. @returns what puts it back */
  image(): () => void;
}

/** What a replay did. */
export interface Replayed {
  readonly calls: number;
  /** Calls whose answer is another than the one that was given. A new version answers differently on purpose. */
  readonly divergences: number;
  readonly first?: { readonly call: number; readonly name: string };
}

export interface RecoverOptions {
  /** For messages: where the journal begins. @default "since the cutover" */
  readonly since?: string;
  /** Done before the recovery counts: when it throws, the generation is what it was. */
  readonly seal?: (() => Maybe<void>) | undefined;
}

/**
 * Brings a generation that stands where the journal begins to where it ends.
 *
 * @throws PluginError `unreplayable` when a call cannot be run again; the generation is then what it was
 */
export function* recover(
  generation: Recoverable,
  journal: Journal,
  { since = "since the cutover", seal }: RecoverOptions = {},
): Steps<Replayed> {
  const undo = generation.image();
  let divergences = 0;
  let first: Replayed["first"];
  for (const [call, entry] of journal.entries.entries()) {
    let digest: number;
    try {
      digest = yield* wait(generation.replay(entry, journal));
    } catch (cause) {
      undo();
      throw new PluginError(
        "unreplayable",
        `call ${call + 1} of ${journal.entries.length} ${since}, ${entry.name}, could not be run again: ${reason(cause)}`,
        { cause },
      );
    }
    if (digest === entry.digest) continue;
    divergences++;
    first ??= { call: call + 1, name: entry.name };
  }
  try {
    if (seal) yield* wait(seal());
  } catch (error) {
    undo();
    throw error;
  }
  return { calls: journal.entries.length, divergences, ...(first && { first }) };
}
