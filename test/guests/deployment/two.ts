/** Its state is another class, a link means something else to it, and it has another interface. */
import { capability, imported, state } from "moult/guest";

@capability("test:chain/desk@1.0.0")
class Desk {
  static stamp(n: u32): u32 {
    return imported<u32>();
  }
}

class ChainV1 {
  count: u32 = 0;
  hash: u32 = 7;
}

@state
class Chain {
  links: u64 = 0;
  last: string = "7";

  static from(old: ChainV1): Chain {
    const chain = new Chain();
    chain.links = old.count;
    chain.last = old.hash.toString();
    return chain;
  }
}

const chain = state<Chain>();

export function link(n: u32): u32 {
  chain.links++;
  const hash = (u32.parse(chain.last) ^ n) * 31;
  chain.last = hash.toString();
  return hash;
}

export function stamped(n: u32): u32 {
  return link(Desk.stamp(n));
}

export function count(): u32 {
  return <u32>chain.links;
}

export function hash(): u32 {
  return u32.parse(chain.last);
}

/** What the version before does not have. */
export function links(): u64 {
  return chain.links;
}

/** More than its callers ask for. */
export class Look {
  count: u32 = 0;
  hash: u32 = 0;
  spare: u32 = 99;
}

export function look(): Look {
  const look = new Look();
  look.count = count();
  look.hash = hash();
  return look;
}
