import { state } from "moult/guest";

@state
class Counter {
  counts: Map<string, u32> = new Map();
}
const counter = state<Counter>();

export class Hit {
  version: u32 = 1;
  count: u32 = 0;
}

export function hit(key: string): Hit {
  const count = counter.counts.has(key) ? counter.counts.get(key) + 1 : 1;
  counter.counts.set(key, count);
  return { version: 1, count };
}
