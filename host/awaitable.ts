/** A value, or a promise of it: a generation in this process answers at once, one elsewhere answers later. */
export type Awaitable<T> = T | PromiseLike<T>;

/** Steps of a protocol that may have to wait, written once for synchronous and asynchronous generations. */
export type Steps<T> = Generator<Awaitable<unknown>, T, unknown>;

/** Waits for a value inside `Steps`: `const state = yield* wait(incumbent.save())`. */
export function* wait<T>(value: Awaitable<T>): Generator<Awaitable<unknown>, T, unknown> {
  return (yield value) as T;
}

/**
 * Runs steps to their end. While nothing has to be waited for, they run in the caller's stack, so that a swap
 * in this process is one synchronous block; from the first promise on they run asynchronously.
 */
export function run<T>(steps: Steps<T>): Awaitable<T> {
  let next = steps.next();
  while (!next.done) {
    if (isPromise(next.value)) return resume(steps, next.value);
    next = steps.next(next.value);
  }
  return next.value;
}

async function resume<T>(steps: Steps<T>, pending: PromiseLike<unknown>): Promise<T> {
  let waiting: Awaitable<unknown> = pending;
  for (;;) {
    let next: IteratorResult<Awaitable<unknown>, T>;
    try {
      const value = await waiting;
      next = steps.next(value);
    } catch (error) {
      next = steps.throw(error);
    }
    if (next.done) return next.value;
    waiting = next.value;
  }
}

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
  );
}

/** Gives the event loop a turn: pending calls, timers and input come first. */
export function turn(): Promise<void> {
  // Node, Deno and Bun have `setImmediate`. A timer in its place would take four milliseconds in browsers.
  const { setImmediate: immediate } = globalThis as { setImmediate?: (work: () => void) => unknown };
  if (immediate) return new Promise((resolve) => void immediate(resolve));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
