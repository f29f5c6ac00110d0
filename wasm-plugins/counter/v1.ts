import { state } from "moult/guest";

@state
class Counter {
  value: u32 = 0;
}

const counter = state<Counter>();

/** Adds to the counter. @returns what it holds now */
export function add(step: u32): u32 {
  counter.value += step;
  return counter.value;
}

export function value(): u32 {
  return counter.value;
}
