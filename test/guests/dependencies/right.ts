import { capability, imported } from "moult/guest";

@capability("test:dependencies/left@1.0.0")
class Left {
  static add(step: u32): u32 { return imported<u32>(); }
}

export function add(step: u32): u32 {
  return Left.add(step);
}
