/** Its hook changes what it answers, on purpose. */
import { state } from "moult/guest";

@state
class Life {
  restores: u32 = 0;
}
const life = state<Life>();

export function onRestore(): void {
  life.restores++;
}

export function restores(): u32 {
  return life.restores;
}
