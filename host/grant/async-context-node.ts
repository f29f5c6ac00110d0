/**
 * The asynchronous work that the running code is part of: for runtimes with `node:async_hooks`, Deno and Bun
 * included.
 */
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import type { AsyncContext } from "./async-context.ts";

/** The same work, done as a part of what runs now, whenever that is. */
export function carried<T>(work: () => T): () => T {
  return AsyncResource.bind(work);
}

export function asyncContext<T>(): AsyncContext<T> | undefined {
  return new AsyncLocalStorage<T>();
}
