import { state } from "moult/guest";

@state
class Counter {
  value: string = "";
}

const counter = state<Counter>();

export function add(step: u32): u32 {
  return <u32>counter.value.length;
}

export function value(): u32 {
  return 0;
}
