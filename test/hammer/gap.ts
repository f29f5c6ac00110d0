/** Time between two steps: none, so many microtasks, so many turns of the event loop, or milliseconds. */

export interface Gap {
  readonly micro?: number;
  readonly turns?: number;
  readonly ms?: number;
}

/** Lets it pass. */
export async function pass({ micro = 0, turns = 0, ms }: Gap): Promise<void> {
  for (let i = 0; i < micro; i++) await undefined;
  for (let i = 0; i < turns; i++) await turn();
  if (ms !== undefined) await new Promise((resolve) => setTimeout(resolve, ms));
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Does something when it has passed: at once where there is nothing to wait for. */
export function afterwards(gap: Gap | undefined, work: () => void): void {
  if (gap) void pass(gap).then(work);
  else work();
}
