import { capability, imported } from "moult/guest";

@capability("test:dependencies/right@1.0.0")
class Right {
  static add(step: u32): u32 { return imported<u32>(); }
}

export function add(step: u32): u32 {
  return Right.add(step);
}
