import { state } from "moult/guest";

/** The value is wider now, which is lossless, and the number of calls is new. */
@state
class Counter {
  value: u64 = 0;
  calls: u32 = 0;
}

const counter = state<Counter>();

/** Adds to the counter. @returns what it holds now, as far as 32 bits go */
export function add(step: u32): u32 {
  counter.value += step;
  counter.calls++;
  return <u32>counter.value;
}

export function value(): u32 {
  return <u32>counter.value;
}

export function calls(): u32 {
  return counter.calls;
}
