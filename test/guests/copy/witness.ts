/** Tells the host that a state has arrived. */
import { capability, imported } from "moult/guest";

@capability("test:copy/witness@1.0.0")
class Witness {
  static restored(): u32 {
    return imported<u32>();
  }
}

export function restored(): void {
  Witness.restored();
}
