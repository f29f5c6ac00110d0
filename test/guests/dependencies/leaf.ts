import { capability, imported } from "moult/guest";

@capability("test:dependencies/base@1.0.0")
class Base {
  static add(step: u32): u32 { return imported<u32>(); }
}

export function add(step: u32): u32 {
  return Base.add(step);
}
