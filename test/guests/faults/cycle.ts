import { state } from "moult/guest";

class Link {
  next: Link | null = null;
}

@state
class Chain {
  value: u32 = 0;
  first: Link = new Link();
}

const chain = state<Chain>();

export function add(step: u32): u32 {
  if (step == 13) chain.first.next = chain.first;
  return (chain.value += step);
}

export function value(): u32 {
  return chain.value;
}

export function untie(): void {
  chain.first.next = null;
}
