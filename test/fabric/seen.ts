/** Waiting for what a watcher or a program comes to see. */
import type { Change, Fabric, Watching } from "../../host/fabric/fabric.ts";

/** Changes in short: `a=1`, `a gone`. */
export interface Seen {
  readonly changes: readonly string[];
  /** Resolves when all of these were told, in this order, others between them. */
  until(...wanted: string[]): Promise<void>;
  readonly watching: Watching;
}

export const bytes = (text: string) => new TextEncoder().encode(text);
export const text = (found: { readonly value: Uint8Array } | { readonly bytes: Uint8Array } | undefined) =>
  found && new TextDecoder().decode("value" in found ? found.value : found.bytes);

export async function watched(fabric: Fabric, prefix: string): Promise<Seen> {
  const changes: string[] = [];
  let told = () => {};
  const listener = (change: Change) => {
    changes.push("value" in change ? `${change.key}=${text(change)}` : `${change.key} gone`);
    told();
  };
  const watching = await fabric.kv.watch(prefix, listener);
  const until = (...wanted: string[]) =>
    new Promise<void>((resolve) => {
      told = () => {
        let at = 0;
        for (const change of changes) if (change === wanted[at]) at++;
        if (at === wanted.length) resolve();
      };
      told();
    });
  return { changes, until, watching };
}

/** Asks again and again, until it is so; the test's own time is the bound. */
export async function eventually<T>(ask: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await ask();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** What a promise is rejected with. */
export async function thrown(promise: Promise<unknown>): Promise<Error & { readonly code?: string }> {
  return promise.then(
    (value) => Promise.reject(new Error(`it was answered: ${String(value)}`)),
    (error) => error,
  );
}
