/** The same state, and one function more. */
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
}

export function start(): void {
  begin(state<Ledger>().core, 2);
}
