/** What a host grants in these tests: one function of each kind, and one that may fail. */
import { Result } from "moult/guest";

@capability("test:faults/metrics@1.0.0")
export class Metrics {
  static look(): u32 {
    return imported<u32>();
  }
  static act(step: u32): u32 {
    return imported<u32>();
  }
  static tell(line: string): void {
    imported<void>();
  }
  static attempt(step: u32): Result<u32, string> {
    return imported<Result<u32, string>>();
  }
}
