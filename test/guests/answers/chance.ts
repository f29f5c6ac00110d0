/** Answers and keeps what its host's clock and random numbers say: right. `lastly` holds a time outside of the state: wrong. */
import { clock, random, state } from "moult/guest";

@state
class Seen {
  at: i64 = 0;
  number: u64 = 0;
  count: u32 = 0;
}
const seen = state<Seen>();

export function now(): i64 {
  seen.at = clock.now();
  return seen.at + clock.monotonic() * 0;
}

export function draw(): u64 {
  seen.number = random.u64();
  return seen.number;
}

export function chance(): f64 {
  return Math.random();
}

export function count(): u32 {
  return ++seen.count;
}

export function last(): i64 {
  return seen.at;
}
