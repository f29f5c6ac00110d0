/** A later sister whose add takes another type. */
import { counter } from "./kept";

export { value } from "./kept";

export function add(step: u64): u32 {
  counter.value += <u32>step;
  return counter.value;
}
