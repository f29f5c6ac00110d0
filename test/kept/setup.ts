/** Before a run of tests: what none has asked for lately is removed, and the thread of guests is made. */
import { makeGuestThread } from "./guest-thread.ts";
import { keptIn, prune } from "./store.ts";

export async function setup(): Promise<void> {
  const folder = keptIn();
  if (folder !== undefined) prune(folder);
  await makeGuestThread();
}
