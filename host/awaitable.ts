/** A value, or a promise of it: what a near generation answers at once, a far one answers later. */
export type Maybe<T> = T | PromiseLike<T>;

/** A piece of protocol that may wait, written once for both. */
export type Steps<T> = Generator<Maybe<unknown>, T, unknown>;

/** Waits for a value inside `Steps`: `const state = yield* wait(incumbent.save())`. */
export function* wait<T>(value: Maybe<T>): Generator<Maybe<unknown>, T, unknown> {
  return (yield value) as T;
}

/**
 * Runs steps to their end. As long as nothing has to be waited for it stays in the caller's stack,
 * so a near swap is one synchronous block; from the first promise on it goes on asynchronously.
 */
export function run<T>(steps: Steps<T>): Maybe<T> {
  let next = steps.next();
  while (!next.done) {
    if (isPromise(next.value)) return resume(steps, next.value);
    next = steps.next(next.value);
  }
  return next.value;
}

async function resume<T>(steps: Steps<T>, pending: PromiseLike<unknown>): Promise<T> {
  let waiting: Maybe<unknown> = pending;
  for (;;) {
    let next: IteratorResult<Maybe<unknown>, T>;
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
