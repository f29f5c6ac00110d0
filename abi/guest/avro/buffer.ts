/** The bytes between a state and its host, a chunk at a time, and what both ways through it share. */
import { decimal } from "../decimal";

// @ts-ignore: decorator
@inline export const CHUNK: usize = 1 << 16;
/** The host takes and gives at most so much at a time: long runs of bytes pass the chunk by. */
// @ts-ignore: decorator
@inline export const MOST_AT_ONCE: usize = 1 << 20;
/**
 * How many values of recursive types may lie in one another: this ends before a stack or the host does.
 */
// @ts-ignore: decorator
@inline const DEPTH: i32 = 1000;

/** What lies at each place that the generated code names by number: `Totals.lines`. */
let places: StaticArray<string> = [];
let verb: string = "";
let depth: i32 = 0;
/** No more of the state is wanted: the host said so, or something is wrong. Loops may end early. */
export let stopped: bool = false;

/** Begins a walk over a state. Returns the chunk's memory; `close` gives it back. */
export function open(doing: string, names: StaticArray<string>): usize {
  places = names;
  verb = doing;
  depth = 0;
  stopped = false;
  return heap.alloc(CHUNK);
}

export function stop(): void {
  stopped = true;
}

/** Begins a walk once more from the top. */
export function again(): void {
  depth = 0;
  stopped = false;
}

export function close(chunk: usize): void {
  heap.free(chunk);
}

/**
 * Before a value that can hold another of its kind.
 *
 * @param what the place that names its kind; the next one is the remedy
 */
export function enter(place: u32, what: u32): void {
  if (++depth <= DEPTH) return;
  const kind = unchecked(places[what]);
  fail(place, "more than " + decimal(DEPTH) + " lie in one another, the last a " + kind + "; " + unchecked(places[what + 1]));
}

export function leave(): void {
  depth--;
}

/** The author's words for a place. */
export function place(number: u32): string {
  return unchecked(places[number]);
}

/** Ends the guest with a message that names the place. */
export function fail(place: u32, what: string): void {
  throw new Error("cannot " + verb + " " + unchecked(places[place]) + ": " + what);
}
