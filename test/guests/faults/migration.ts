import { state } from "moult/guest";

class CounterV1 {
  value: u32 = 0;
  names: Array<string> = [];
}

@state
class Counter {
  total: f64 = 0;

  static from(old: CounterV1): Counter {
    if (old.value == 13) throw new Error("13 does not migrate");
    const counter = new Counter();
    counter.total = old.value;
    return counter;
  }
}

const counter = state<Counter>();

export function add(step: u32): u32 {
  counter.total += step;
  return <u32>counter.total;
}

export function value(): u32 {
  return <u32>counter.total;
}
