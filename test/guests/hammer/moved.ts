/** Another state, with a step from the older one. */
import { state } from "moult/guest";
import { Core, begin } from "./core";

export {
  actOn,
  add,
  both,
  breakEarly,
  breakLate,
  checkState,
  glance,
  hoard,
  keep,
  lookAt,
  more,
  note,
  onRestore,
  peek,
  stop,
  take,
} from "./core";

class LedgerV1 {
  core: Core = new Core();
}

@state
class Ledger {
  heart: Core = new Core();
  moves: f64 = 0;

  static from(old: LedgerV1): Ledger {
    const ledger = new Ledger();
    ledger.heart = old.core;
    ledger.moves = old.core.count;
    return ledger;
  }
}

export function start(): void {
  begin(state<Ledger>().heart, 4);
}
