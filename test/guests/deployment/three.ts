/** The third: its state is a class once more. */
import { state } from "moult/guest";

class ChainV2 {
  links: u64 = 0;
  last: string = "7";
}

@state
class Chain {
  size: u32 = 0;
  halves: Array<u32> = [0, 7];

  static from(old: ChainV2): Chain {
    const chain = new Chain();
    const hash = u32.parse(old.last);
    chain.size = <u32>old.links;
    chain.halves = [hash >> 16, hash & 0xffff];
    return chain;
  }
}

const chain = state<Chain>();

export function link(n: u32): u32 {
  chain.size++;
  const next = (hash() ^ n) * 33;
  chain.halves = [next >> 16, next & 0xffff];
  return next;
}

export function count(): u32 {
  return chain.size;
}

export function hash(): u32 {
  return (chain.halves[0] << 16) | chain.halves[1];
}
