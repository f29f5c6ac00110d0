/** Recovery: rollback, restart and a durable start all replay recorded calls with this one function. */

import { type Awaitable, type Steps, wait } from "../awaitable.ts";
import { PluginError, reason } from "../errors.ts";
import type { Generation, Image } from "../generation/generation.ts";
import type { RecordedCall, RecordedCalls } from "../generation/observer.ts";
import type { Replayed } from "../transition.ts";

export type { Replayed } from "../transition.ts";

export interface RecoverOptions {
  /** Whether the generation is of no use when it fails, so that nothing has to be put back. @default false */
  readonly fresh?: boolean;
  /** Where the calls begin, for messages. @default "since the cutover" */
  readonly since?: string;
  /** Runs before the recovery takes effect: when it throws, the generation is restored as it was. */
  readonly seal?: (() => Awaitable<void>) | undefined;
}

/**
 * Replays recorded calls on a generation that has the state before the first of them.
 *
 * @throws PluginError `unreplayable` when a call cannot be replayed; the generation is then as before
 */
export function* recover(
  generation: Pick<Generation, "replay" | "image">,
  calls: RecordedCalls,
  { since = "since the cutover", seal, fresh = false }: RecoverOptions = {},
): Steps<Replayed> {
  const image = fresh ? NOTHING : yield* wait(generation.image());
  try {
    const replayed = yield* replay(generation, calls, since);
    if (seal) yield* wait(seal());
    return replayed;
  } catch (error) {
    yield* wait(image.undo());
    throw error;
  } finally {
    image.drop();
  }
}

const NOTHING: Image = { undo: () => {}, drop: () => {} };

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

/** An iterator that may be synchronous or asynchronous. */
interface Reading {
  next(): Awaitable<IteratorResult<RecordedCall, unknown>>;
  return?(): Awaitable<unknown>;
}

function readingOf(calls: Iterable<RecordedCall> | AsyncIterable<RecordedCall>): Reading {
  return Symbol.asyncIterator in calls ? calls[Symbol.asyncIterator]() : calls[Symbol.iterator]();
}
