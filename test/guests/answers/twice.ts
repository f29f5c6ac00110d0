/** The state of `total.ts`, and another opinion of it. */
import { state } from "moult/guest";

@state
class Counter {
  total: u32 = 0;
}
const counter = state<Counter>();

export function total(): u32 {
  return counter.total * 2;
}

export function add(n: u32): void {
  counter.total += n + 1;
}
