/** Which asynchronous work the code that runs now is part of: where a runtime cannot tell. */

/** Goes along with a piece of work, and with all that it waits for. */
export interface AsyncContext<T> {
  getStore(): T | undefined;
  run<R>(store: T, work: () => R): R;
}

export function asyncContext<T>(): AsyncContext<T> | undefined {
  return undefined;
}
