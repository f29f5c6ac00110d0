/** Gets much, and answers much. */
import { state } from "moult/guest";

@state
class Mill {
  turns: u32 = 0;
}
const mill = state<Mill>();

/** One more in every byte. */
export function grind(grain: Uint8Array): Uint8Array {
  mill.turns++;
  const flour = new Uint8Array(grain.length);
  for (let i = 0; i < grain.length; i++) flour[i] = grain[i] + 1;
  return flour;
}

/** @returns how often it ground */
export function turns(): u32 {
  return mill.turns;
}
