/** A wider state, which the older one becomes by itself. */
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

@state
class Ledger {
  core: Core = new Core();
  since: u64 = 7;
  names: Array<string> = ["nobody"];
}

export function start(): void {
  begin(state<Ledger>().core, 3);
}
