/** The bytes between a state and its host, a chunk at a time, and what saving and restoring share. */
// @ts-ignore: decorator
@inline export const CHUNK: usize = 1 << 16;
/** The most bytes that the host takes or gives at a time; long runs of bytes bypass the chunk. */
// @ts-ignore: decorator
@inline export const MOST_AT_ONCE: usize = 1 << 20;
/** The greatest depth of values of recursive types, lower than what a stack or the host could bear. */
// @ts-ignore: decorator
@inline const DEPTH: i32 = 1000;

/** The author's words for places that the generated code names by number: `Totals.lines`. */
let places: StaticArray<string> = [];
let verb: string = "";
let depth: i32 = 0;
/** The walk has to end: the host stopped it, or something is wrong. Loops may end early. */
export let stopped: bool = false;

/** Begins a walk over a state. Returns the chunk's memory, which `close` frees. */
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

/** Begins a walk again from the top. */
export function again(): void {
  depth = 0;
  stopped = false;
}

export function close(chunk: usize): void {
  heap.free(chunk);
}

/**
 * Called before a value that can hold another of its kind.
 *
 * @param what the place that names its kind; the next place is the remedy
 */
export function enter(place: u32, what: u32): void {
  if (++depth <= DEPTH) return;
  accuse(place);
  say("more than ");
  sayNumber(DEPTH);
  say(" lie in one another, the last a ");
  say(unchecked(places[what]));
  say("; ");
  say(unchecked(places[what + 1]));
  end();
}

export function leave(): void {
  depth--;
}

/** The author's words for a place. */
export function word(place: u32): string {
  return unchecked(places[place]);
}

/** Traps with a message that names the place. */
export function fail(place: u32, what: string): void {
  accuse(place);
  say(what);
  end();
}

/**
 * Begins a message, which is made piece by piece, without allocating managed objects: a save may be under
 * way.
 */
export function accuse(place: u32): void {
  message = heap.alloc(HEAD + TEXT) + HEAD;
  length = 0;
  say("cannot ");
  say(verb);
  say(" ");
  say(unchecked(places[place]));
  say(": ");
}

export function say(text: string): void {
  const size = min(<usize>text.length << 1, TEXT - length);
  memory.copy(message + length, changetype<usize>(text), size);
  length += size;
}

export function sayNumber(value: i64): void {
  let rest = value < 0 ? 0 - <u64>value : <u64>value;
  let tens: u64 = 1;
  while (rest / tens >= 10) tens *= 10;
  if (value < 0) say("-");
  for (; tens > 0 && length < TEXT; tens /= 10) {
    store<u16>(message + length, 48 + <u16>((rest / tens) % 10));
    length += 2;
  }
}

/** Traps: the message becomes a string, whose size lies before it. */
export function end(): void {
  store<u32>(message - 4, <u32>length);
  abort(changetype<string>(message));
}

/** Bytes of a message, and of the string header before it. */
// @ts-ignore: decorator
@inline const TEXT: usize = 1 << 13;
// @ts-ignore: decorator
@inline const HEAD: usize = 16;
let message: usize = 0;
let length: usize = 0;
