/** What a guest tells, and what it asks. */
import { capability, imported } from "moult/guest";

@capability("test:posted/stage@1.0.0")
export class Stage {
  static tell(text: string): void {
    imported<void>();
  }
  static ask(n: u32): u32 {
    return imported<u32>();
  }
}
