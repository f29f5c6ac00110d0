/** The bytes between a state and its host, a chunk at a time, and what both ways through it share. */
import { decimal } from "../decimal";

// @ts-ignore: decorator
@inline export const CHUNK: usize = 1 << 16;
/** The host takes and gives at most so much at a time: long runs of bytes pass the chunk by. */
// @ts-ignore: decorator
@inline export const MOST_AT_ONCE: usize = 1 << 20;
/**
 * How many values of recursive types may lie in one another. A cycle ends here, before a stack or the host
 * does.
 */
// @ts-ignore: decorator
@inline const DEPTH: i32 = 1000;

/** What lies at each place that the generated code names by number: `Totals.lines`. */
let places: StaticArray<string> = [];
let verb: string = "";
let depth: i32 = 0;

/** Begins a walk over a state. Returns the chunk's memory; `close` gives it back. */
export function open(doing: string, names: StaticArray<string>): usize {
  places = names;
  verb = doing;
  depth = 0;
  return heap.alloc(CHUNK);
}

export function close(chunk: usize): void {
  heap.free(chunk);
}

/** Before a value that can hold another of its kind. */
export function enter(place: u32): void {
  if (++depth <= DEPTH) return;
  fail(place, "found more than " + decimal(DEPTH) + " objects and lists in one another; is there a cycle?");
}

export function leave(): void {
  depth--;
}

/** Ends the guest with a message that names the place. */
export function fail(place: u32, what: string): void {
  throw new Error("cannot " + verb + " " + unchecked(places[place]) + ": " + what);
}
