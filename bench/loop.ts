/** The loops that are timed. Imported anew for every case (`./loop.js?3`), so that no two share type feedback. */

/** No answer is this: the answers are used, so that no engine leaves the calls out. */
const NEVER = Symbol("never");

/** Milliseconds for `n` calls, each of which is told its number. */
export function atOnce(call: (i: number) => unknown, n: number): number {
  let last: unknown;
  const began = performance.now();
  for (let i = 0; i < n; i++) last = call(i);
  const time = performance.now() - began;
  return last === NEVER ? 0 : time;
}

/** The same, each answer awaited before the next call. */
export async function later(call: (i: number) => Promise<unknown>, n: number): Promise<number> {
  let last: unknown;
  const began = performance.now();
  for (let i = 0; i < n; i++) last = await call(i);
  const time = performance.now() - began;
  return last === NEVER ? 0 : time;
}
