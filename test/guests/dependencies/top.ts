import { capability, imported, state } from "moult/guest";

@capability("test:dependencies/base@1.0.0")
class Base {
  static add(step: u32): u32 { return imported<u32>(); }
}

@capability("test:dependencies/middle@1.0.0")
class Middle {
  static add(step: u32): u32 { return imported<u32>(); }
}

@state
class Top {
  total: u32 = 0;
}
const top = state<Top>();

export function add(step: u32): u32 {
  Middle.add(step);
  Base.add(step);
  top.total += step;
  return top.total;
}

export function total(): u32 {
  return top.total;
}
