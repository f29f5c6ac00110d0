/** Its state is another class, and nothing leads there. */
import { state } from "moult/guest";

@state
class Chain {
  links: Array<u32> = [];
}

const chain = state<Chain>();

export function link(n: u32): u32 {
  chain.links.push(n);
  return n;
}

export function count(): u32 {
  return chain.links.length;
}
