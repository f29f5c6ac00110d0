/** Recovery, one function: rollback, restart and a durable start all replay a journal on a generation. */

import { type Awaitable, type Steps, wait } from "../awaitable.ts";
import { PluginError, reason } from "../errors.ts";
import type { Generation } from "../generation/generation.ts";
import type { Replayed } from "../record.ts";
import type { Journal } from "./journal.ts";

export type { Replayed } from "../record.ts";

export interface RecoverOptions {
  /** For messages: where the journal begins. @default "since the cutover" */
  readonly since?: string;
  /** Done before the recovery counts: when it throws, the generation is what it was. */
  readonly seal?: (() => Awaitable<void>) | undefined;
}

/**
 * Brings a generation that stands where the journal begins to where it ends.
 *
 * @throws PluginError `unreplayable` when a call cannot be run again; the generation is then what it was
 */
export function* recover(
  generation: Pick<Generation, "replay" | "image">,
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

function* replay(
  generation: Pick<Generation, "replay" | "image">,
  journal: Journal,
  since: string,
): Steps<Replayed> {
  let divergences = 0;
  let first: Replayed["first"];
  for (const [call, entry] of journal.entries.entries()) {
    let digest: number;
    try {
      digest = yield* wait(generation.replay(entry));
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
