/** Taking measurements for a bounded time. */

/** When to end: at Ctrl-C, or when the time is up. */
export interface Budget {
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly time: number;
  /** Told now and then what share of the time has passed. */
  readonly onProgress: (share: number) => void;
}

/** Measurements of one thing that are kept; more say no more. */
const MOST = 100_000;
/** Calls of one batch. */
const LARGEST = 100_000;
/** Milliseconds that one batch of short calls shall take: long against the clock's step. */
const BATCH = 0.5;
/** The share of the time in which nothing is measured yet, so that the engine has compiled what is called often. */
const WARM_UP = 0.2;

/**
 * Does `once` again and again. At least one measurement is taken unless it is interrupted.
 *
 * @param once gives the milliseconds that it measured
 */
export async function sample(once: () => Promise<number>, budget: Budget): Promise<number[]> {
  const { signal, time, onProgress } = budget;
  const begin = performance.now();
  const measured: number[] = [];
  while (!signal.aborted && measured.length < MOST) {
    const passed = performance.now() - begin;
    if (passed >= time && measured.length > 0) break;
    onProgress(Math.min(1, passed / time));
    const took = await once();
    if (passed >= time * WARM_UP || passed + took >= time) measured.push(took);
    await turn();
  }
  return measured;
}

export interface Batched {
  /** Milliseconds of one call, each the mean of a batch. */
  readonly measured: readonly number[];
  /** Calls in each batch. */
  readonly batch: number;
}

/**
 * Measures what is too short for the clock: in batches, all of the same size.
 *
 * @param prepare gives what does so many calls, one after the other; only that is measured
 */
export async function sampleBatches(
  prepare: (count: number) => Promise<() => void | Promise<void>>,
  budget: Budget,
): Promise<Batched> {
  const timed = async (count: number) => {
    const calls = await prepare(count);
    const from = performance.now();
    // Awaiting what is no promise would be measured too.
    const done = calls();
    if (done) await done;
    return performance.now() - from;
  };
  let batch = 1;
  // The shortest of three: a pause of the machine's is none of the calls'.
  const shortest = async () => Math.min(await timed(batch), await timed(batch), await timed(batch));
  let took = await shortest();
  while (took < BATCH && batch < LARGEST && !budget.signal.aborted) {
    const times = took > BATCH / 16 ? Math.ceil(BATCH / took) : 16;
    batch = Math.min(LARGEST, batch * times);
    took = await shortest();
  }
  const measured = await sample(async () => (await timed(batch)) / batch, budget);
  return { measured, batch };
}

/** Lets signals and timers have their turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
