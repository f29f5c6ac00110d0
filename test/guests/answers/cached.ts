/** A number that is worked out once, and never again. */
import { state } from "moult/guest";

@state
class Counter {
  total: u32 = 0;
}
const counter = state<Counter>();
let cached: i64 = -1;

export function total(): u32 {
  if (cached < 0) cached = counter.total;
  return <u32>cached;
}

export function add(n: u32): void {
  counter.total += n;
}
