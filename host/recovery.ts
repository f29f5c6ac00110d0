/**
 * Recovery: what a plugin needs to come back after a trap or in another process. This part is loaded when it
 * is first needed.
 */

import { begin } from "./begin.ts";
import { beginStored, type Recovery } from "./begin-stored.ts";
import { MemoryKeep } from "./durable/memory-keep.ts";
import type { Store } from "./durable/store.ts";
import { StoreKeep } from "./durable/store-keep.ts";
import type { Build } from "./generation/generation.ts";
import { Journal } from "./journal/journal.ts";
import type { RestartOptions } from "./swap/after-trap-option.ts";
import type { Keeping, Lifecycle } from "./swap/lifecycle.ts";

export { Restarter } from "./swap/restart.ts";

export interface KeepingOptions {
  readonly store: Store | undefined;
  readonly restart: RestartOptions | undefined;
  readonly maxJournalBytes: number | undefined;
}

/**
 * Keeps what a plugin needs to come back, in a store or in memory.
 * @param passed counts the plugin's calls
 */
export function keeping(
  name: string,
  { store, restart, maxJournalBytes }: KeepingOptions,
  passed: () => number,
): Keeping {
  const journal = new Journal(maxJournalBytes);
  const keep = store
    ? new StoreKeep(name, store)
    : new MemoryKeep({ journal, passed, bounds: restart?.journal });
  return { journal, keep };
}

/** Begins with the kept state and calls, if there are any. @throws PluginError and nothing runs on */
export async function beginKept(
  lifecycle: Lifecycle,
  build: Build,
  snapshot: Uint8Array | undefined,
): Promise<Recovery | undefined> {
  const { keep } = lifecycle;
  if (keep instanceof StoreKeep) return beginStored(lifecycle, build, { keep, snapshot });
  await begin(lifecycle, build, snapshot);
  return undefined;
}
