/** Works out its number whenever it is asked: right. */
import { state } from "moult/guest";

@state
class Counter {
  total: u32 = 0;
}
const counter = state<Counter>();

export function total(): u32 {
  return counter.total;
}

export function add(n: u32): void {
  counter.total += n;
}
