/** Shrinking: from a list that fails to a shorter one that fails too (Zeller's ddmin). */

export interface Shrunk<T> {
  readonly steps: readonly T[];
  /** Whether the whole list failed again. */
  readonly again: boolean;
}

/**
 * @param fails does the list again
 * @param tries at most
 */
export async function shrink<T>(
  all: readonly T[],
  fails: (steps: readonly T[]) => Promise<boolean>,
  tries = 300,
): Promise<Shrunk<T>> {
  if (!(await fails(all))) return { steps: all, again: false };
  let steps = all;
  let left = tries;
  let parts = 2;
  while (steps.length > 1 && left > 0) {
    const size = Math.ceil(steps.length / parts);
    let shorter: readonly T[] | undefined;
    for (let at = 0; at < steps.length && !shorter && left > 0; at += size, left--) {
      const rest = [...steps.slice(0, at), ...steps.slice(at + size)];
      if (await fails(rest)) shorter = rest;
    }
    if (shorter) parts = Math.max(2, parts - 1);
    else if (size === 1) break;
    else parts = Math.min(steps.length, parts * 2);
    steps = shorter ?? steps;
  }
  return { steps, again: true };
}
