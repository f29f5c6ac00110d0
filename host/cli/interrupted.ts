/** Waiting for the end of a verb that goes on until it is told to stop. */

/** @param signal fires at Ctrl-C */
export function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener("abort", () => done(), { once: true });
  });
}
