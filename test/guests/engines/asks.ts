/** Asks its host for something that takes a while. */
import { capability, imported, state } from "moult/guest";

@capability("test:engines/far@1.0.0")
class Far {
  static fetch(name: string): string {
    return imported<string>();
  }
}

@state
class Asked {
  times: u32 = 0;
}
const asked = state<Asked>();

export function ask(name: string): string {
  asked.times++;
  return Far.fetch(name) + "!";
}

export function times(): u32 {
  return asked.times;
}
