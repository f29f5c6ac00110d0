/** Recovery, one function: rollback, restart and a durable start all replay a journal on a generation. */

import { type Maybe, type Steps, wait } from "../awaitable.ts";
import { PluginError, reason } from "../errors.ts";
import type { Replayed } from "../record.ts";
import type { Entry, Journal } from "./journal.ts";

export type { Replayed } from "../record.ts";

/** What recovery needs of a generation. */
export interface Recoverable {
  /** Runs one call of the journal again. @returns the digest of what it answers now */
  replay(entry: Entry, journal: Journal): Maybe<number>;
  /** Keeps a copy of what it is, to be put back. */
  image(): Image;
}

/** What a generation was. */
export interface Image {
  /** Makes it that again. A generation that cannot be copied is poisoned instead. */
  undo(): void;
  /** Lets go of the copy. */
  drop(): void;
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
  const image = generation.image();
  try {
    const replayed = yield* replay(generation, journal, since);
    if (seal) yield* wait(seal());
    return replayed;
  } catch (error) {
    image.undo();
    throw error;
  } finally {
    image.drop();
  }
}

function* replay(generation: Recoverable, journal: Journal, since: string): Steps<Replayed> {
  let divergences = 0;
  let first: Replayed["first"];
  for (const [call, entry] of journal.entries.entries()) {
    let digest: number;
    try {
      digest = yield* wait(generation.replay(entry, journal));
    } catch (cause) {
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
  return { calls: journal.entries.length, divergences, ...(first && { first }) };
}
