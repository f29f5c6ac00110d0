/**
 * The asynchronous work that the running code is part of: for runtimes with `node:async_hooks`, Deno and Bun
 * included.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { AsyncContext } from "./async-context.ts";

export function asyncContext<T>(): AsyncContext<T> | undefined {
  return new AsyncLocalStorage<T>();
}
