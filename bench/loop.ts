/**
 * The measured loops. Imported anew for every case (`./loop.js?3`), so that no two cases share type feedback.
 */

/** No answer equals this: comparing the answers keeps an engine from removing the calls. */
const NEVER = Symbol("never");

/** Milliseconds for `n` calls, each of which gets its number. */
export function atOnce(call: (i: number) => unknown, n: number): number {
  let last: unknown;
  const began = performance.now();
  for (let i = 0; i < n; i++) last = call(i);
  const time = performance.now() - began;
  return last === NEVER ? 0 : time;
}

/** The same, with each answer awaited before the next call. */
export async function later(call: (i: number) => Promise<unknown>, n: number): Promise<number> {
  let last: unknown;
  const began = performance.now();
  for (let i = 0; i < n; i++) last = await call(i);
  const time = performance.now() - began;
  return last === NEVER ? 0 : time;
}
