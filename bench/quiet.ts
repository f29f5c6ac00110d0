/** A gate before measurements: it waits while other processes use the machine, up to a limit. */

/** A spin may take this much longer than the best one on a quiet machine. */
const TOLERANCE = 1.25;
const PATIENCE = 150;

export class QuietGate {
  #best = Number.POSITIVE_INFINITY;

  async pass(): Promise<void> {
    const until = performance.now() + PATIENCE;
    while (!this.#quiet() && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  }

  #quiet(): boolean {
    const time = spin();
    this.#best = Math.min(this.#best, time);
    return time <= this.#best * TOLERANCE;
  }
}

/** Milliseconds for a fixed piece of work. */
function spin(): number {
  const began = performance.now();
  let x = 1;
  for (let i = 0; i < 200_000; i++) x = (Math.imul(x, 1664525) + 1013904223) | 0;
  return x === 0 ? 0 : performance.now() - began;
}
