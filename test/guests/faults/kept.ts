import { state } from "moult/guest";

@state
class Counter {
  value: u32 = 0;
  names: Array<string> = [];
}

export const counter = state<Counter>();

export function add(step: u32): u32 {
  counter.value += step;
  counter.names.push("+" + step.toString());
  return counter.value;
}

export function value(): u32 {
  return counter.value;
}
