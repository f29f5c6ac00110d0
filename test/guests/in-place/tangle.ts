/** Numbers, and a list that can be held twice, which no save takes. */
import { state } from "moult/guest";

@state
class Tangle {
  numbers: u32[] = [];
  one: u32[] = [];
  other: u32[] = [];
}
const tangle = state<Tangle>();

export function add(n: u32): u32 {
  tangle.numbers.push(n);
  return tangle.numbers.length;
}

export function hold(): void {
  tangle.other = tangle.one;
}
