/** A copy of a list of the state, made whenever that changes. */
import { state } from "moult/guest";

@state
class Numbers {
  list: Array<u32> = [];
}
const numbers = state<Numbers>();
let copy: Array<u32> = [];

export function largest(): u32 {
  let most: u32 = 0;
  for (let i = 0; i < copy.length; i++) most = max(most, copy[i]);
  return most;
}

export function add(n: u32): void {
  numbers.list.push(n);
  copy = numbers.list.slice(0);
}
