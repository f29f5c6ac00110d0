/** The asynchronous work that the running code is part of: for runtimes that cannot tell. */

/** A value that accompanies a piece of work, and everything that the work awaits. */
export interface AsyncContext<T> {
  getStore(): T | undefined;
  run<R>(store: T, work: () => R): R;
}

/** The same work, done as a part of what runs now. */
export function carried<T>(work: () => T): () => T {
  return work;
}

export function asyncContext<T>(): AsyncContext<T> | undefined {
  return undefined;
}
