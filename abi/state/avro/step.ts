/** Steps of a translation: each moves one value from the old bytes to the new ones. */
import type { Cursor } from "./cursor.ts";
import type { Sink } from "./sink.ts";

/** One translation. The bytes from `done` up to the cursor still have to be copied, unchanged. */
export interface Run {
  readonly cursor: Cursor;
  readonly sink: Sink;
  done: number;
}
export type Step = (run: Run) => void;

/** Copies the bytes that were passed over, up to `end`. */
export function flush(run: Run, end: number): void {
  if (end > run.done) run.sink.copy(run.cursor.bytes, run.done, end);
  run.done = end;
}

/**
 * Puts fields into another order: they are translated in their old order, written once more behind that in
 * the new order, and moved to the front.
 */
export function reorder(
  run: Run,
  fields: { inOrder: readonly Step[]; sources: readonly (number | undefined)[]; steps: readonly Step[] },
): void {
  const { cursor, sink } = run;
  cursor.enter();
  flush(run, cursor.pos);
  const start = sink.length;
  const ends = new Array<number>(fields.inOrder.length);
  for (let i = 0; i < ends.length; i++) {
    fields.inOrder[i]!(run);
    flush(run, cursor.pos);
    ends[i] = sink.length;
  }
  const end = sink.length;
  for (let i = 0; i < fields.sources.length; i++) {
    const source = fields.sources[i];
    if (source === undefined) fields.steps[i]!(run);
    else sink.repeat(source === 0 ? start : ends[source - 1]!, ends[source]!);
  }
  sink.remove(start, end);
  cursor.depth--;
}

export function constant(datum: Uint8Array): Step {
  return (run) => {
    flush(run, run.cursor.pos);
    run.sink.raw(datum);
  };
}

export function list(least: number, item: Step): Step {
  return (run) => {
    const { cursor, sink } = run;
    cursor.enter();
    for (;;) {
      const from = cursor.pos;
      const count = cursor.block(least);
      // A block with its size in bytes may change its size, so it is written without.
      if (cursor.bytes[from]! & 1) {
        flush(run, from);
        sink.long(BigInt(count));
        run.done = cursor.pos;
      }
      if (count === 0) break;
      for (let left = count; left > 0; left--) item(run);
    }
    cursor.depth--;
  };
}

/** Reads the writer's index and writes the reader's. */
export function indices(taken: readonly number[], what: string): (run: Run) => number {
  return (run) => {
    const { cursor } = run;
    const from = cursor.pos;
    const index = cursor.index(taken.length, what);
    const now = taken[index]!;
    if (now !== index) {
      flush(run, from);
      run.sink.int(now);
      run.done = cursor.pos;
    }
    return index;
  };
}
