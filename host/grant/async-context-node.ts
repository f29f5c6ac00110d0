/** Which asynchronous work the code that runs now is part of: where there is `node:async_hooks`, as Deno and Bun have it too. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { AsyncContext } from "./async-context.ts";

export function asyncContext<T>(): AsyncContext<T> | undefined {
  return new AsyncLocalStorage<T>();
}
