import { state } from "moult/guest";

/** The state of the version before, under another name: `plugin-v1.ts` has it. */
class CounterV1 {
  count: u32 = 0;
}

/** What outlives this version's code. */
@state
class Counter {
  total: u64 = 0;

  /** Makes this state of the older one. */
  static from(old: CounterV1): Counter {
    const counter = new Counter();
    counter.total = old.count;
    return counter;
  }
}
const counter = state<Counter>();

/** Counts up. @returns how far */
export function add(step: u32): u64 {
  counter.total += step;
  return counter.total;
}

export function total(): u64 {
  return counter.total;
}
