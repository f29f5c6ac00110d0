/** Variables at file level, beside a state: they begin anew in every instance. */
import { state } from "moult/guest";

let counter: u32 = 0;
const seen = new Map<string, u32>();

@state
class State {
  total: u32 = 0;
}
const kept = state<State>();

export function hit(key: string): u32 {
  counter++;
  seen.set(key, counter);
  kept.total++;
  return counter;
}
