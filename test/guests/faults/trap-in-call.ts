import { add as count } from "./kept";

export { value } from "./kept";

export function add(step: u32): u32 {
  if (step == 13) throw new Error("13 is unlucky");
  return count(step);
}
