/** Broken on purpose: it restores all, and then forgets who the clients were. */
import { totals } from "./totals-v3";

export { handle, report } from "./totals-v3";

export function onRestore(): void {
  totals.clients.clear();
}
