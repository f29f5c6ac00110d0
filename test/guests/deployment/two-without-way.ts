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

export function stamped(n: u32): u32 {
  return link(3 * n);
}

export function hash(): u32 {
  return chain.links.length > 0 ? chain.links[chain.links.length - 1] : 7;
}
