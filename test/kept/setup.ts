/**
 * Before a run of tests: what none has asked for lately is removed, the thread of guests is made, and the compiler that all
 * of them share waits for orders.
 */
import { makeGuestThread } from "./guest-thread.ts";
import { shareCompiler } from "./shared-compiler.ts";
import { keptIn, prune, SOURCES } from "./store.ts";

/** @returns what ends the compiler */
export async function setup(): Promise<() => void> {
  const folder = keptIn();
  if (folder !== undefined) prune(folder);
  prune(SOURCES);
  await makeGuestThread();
  return shareCompiler();
}
