import { capability, imported, state } from "moult/guest";

@capability("test:chain/desk@1.0.0")
class Desk {
  static rate(): u32 {
    return imported<u32>();
  }
  static stamp(n: u32): u32 {
    return imported<u32>();
  }
}

@state
class Chain {
  count: u32 = 0;
  hash: u32 = 7;
}

const chain = state<Chain>();

/** Adds a link. @returns the hash over all links in their order */
export function link(n: u32): u32 {
  chain.count++;
  chain.hash = (chain.hash ^ n) * 16_777_619;
  return chain.hash;
}

/** Adds what the desk finds of it. */
export function rated(n: u32): u32 {
  return link(n + Desk.rate());
}

/** Adds what the desk made of it, which is an effect. */
export function stamped(n: u32): u32 {
  return link(Desk.stamp(n));
}

/** What the next version does not have. */
export function twice(n: u32): u32 {
  link(n);
  return link(n);
}

export function broken(n: u32): u32 {
  link(n);
  throw new Error("broken");
}

export function count(): u32 {
  return chain.count;
}

export function hash(): u32 {
  return chain.hash;
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
