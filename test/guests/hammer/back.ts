/** The first state again, with steps back from all the others. */
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

class LedgerV3 {
  core: Core = new Core();
  since: u64 = 7;
  names: Array<string> = ["nobody"];
}

class LedgerV4 {
  heart: Core = new Core();
  moves: f64 = 0;

  static from(old: LedgerV3): LedgerV4 {
    const ledger = new LedgerV4();
    ledger.heart = old.core;
    return ledger;
  }
}

@state
class Ledger {
  core: Core = new Core();

  static from(old: LedgerV4): Ledger {
    const ledger = new Ledger();
    ledger.core = old.heart;
    return ledger;
  }
}

export function start(): void {
  begin(state<Ledger>().core, 5);
}
