/** Taking measurements for a limited time. */

/** When to end: at Ctrl-C, or when the time is up. */
export interface Budget {
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly time: number;
  /** Called now and then with the share of the time that has passed. */
  readonly onProgress: (share: number) => void;
}

/** The most measurements of one operation that are kept; further ones add nothing. */
const MOST = 100_000;
/** The most calls in one batch. */
const LARGEST = 100_000;
/** Milliseconds that a batch of short calls should take: long compared with the clock's resolution. */
const BATCH = 0.5;
/** The share of the time that passes before measuring, so that the engine compiles what is called often. */
const WARM_UP = 0.2;

/**
 * Repeats `once`. At least one measurement is taken unless it is interrupted.
 *
 * @param once resolves to the milliseconds that it measured
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
 * Measures operations that are too short for the clock: in batches, all of the same size.
 *
 * @param prepare makes a function that does `count` calls, one after the other; only that is measured
 */
export async function sampleBatches(
  prepare: (count: number) => Promise<() => void | Promise<void>>,
  budget: Budget,
): Promise<Batched> {
  const timed = async (count: number) => {
    const calls = await prepare(count);
    const from = performance.now();
    // An `await` of a value that is no promise would be measured as well.
    const done = calls();
    if (done) await done;
    return performance.now() - from;
  };
  let batch = 1;
  // The shortest of three, so that other work of the machine does not count.
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

/** Gives signals and timers a turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
