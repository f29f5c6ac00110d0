/** Recovery, one function: rollback, restart and a durable start all run recorded calls again on a generation. */

import { type Awaitable, type Steps, wait } from "../awaitable.ts";
import { PluginError, reason } from "../errors.ts";
import type { Generation } from "../generation/generation.ts";
import type { RecordedCall, RecordedCalls } from "../generation/observer.ts";
import type { Replayed } from "../transition.ts";

export type { Replayed } from "../transition.ts";

export interface RecoverOptions {
  /** For messages: where the calls begin. @default "since the cutover" */
  readonly since?: string;
  /** Done before the recovery counts: when it throws, the generation is what it was. */
  readonly seal?: (() => Awaitable<void>) | undefined;
}

/**
 * Brings a generation that stands where recorded calls begin to where they end.
 *
 * @throws PluginError `unreplayable` when a call cannot be run again; the generation is then what it was
 */
export function* recover(
  generation: Pick<Generation, "replay" | "image">,
  calls: RecordedCalls,
  { since = "since the cutover", seal }: RecoverOptions = {},
): Steps<Replayed> {
  const image = generation.image();
  try {
    const replayed = yield* replay(generation, calls, since);
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
  recorded: RecordedCalls,
  since: string,
): Steps<Replayed> {
  let calls = 0;
  let divergences = 0;
  let first: Replayed["first"];
  const reading = readingOf(recorded.each());
  try {
    for (;;) {
      const { value: call, done } = yield* wait(reading.next());
      if (done) break;
      calls++;
      let digest: number;
      try {
        digest = yield* wait(generation.replay(call));
      } catch (cause) {
        const which = `call ${calls} of ${recorded.count} ${since}, ${call.name}`;
        const why = `${which}, could not be run again: ${reason(cause)}`;
        throw new PluginError("unreplayable", why, { cause });
      }
      if (call.digest === undefined || digest === call.digest) continue;
      divergences++;
      first ??= { call: calls, name: call.name };
    }
  } finally {
    yield* wait(reading.return?.());
  }
  return { calls, divergences, ...(first && { first }) };
}

/** Both kinds of iterators alike: what one answers at once, the other answers later. */
interface Reading {
  next(): Awaitable<IteratorResult<RecordedCall, unknown>>;
  return?(): Awaitable<unknown>;
}

function readingOf(calls: Iterable<RecordedCall> | AsyncIterable<RecordedCall>): Reading {
  return Symbol.asyncIterator in calls ? calls[Symbol.asyncIterator]() : calls[Symbol.iterator]();
}
