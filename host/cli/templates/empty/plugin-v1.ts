import { state } from "moult/guest";

/** The first version, kept for the test of the way from it to `plugin.ts`. */
@state
class Counter {
  count: u32 = 0;
}
const counter = state<Counter>();

export function add(step: u32): u64 {
  counter.count += step;
  return counter.count;
}

export function total(): u64 {
  return counter.count;
}
