/** Before a run of tests: what none has asked for lately is removed. */
import { keptIn, prune } from "./store.ts";

export function setup(): void {
  const folder = keptIn();
  if (folder !== undefined) prune(folder);
}
