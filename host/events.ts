/** Listeners, and what becomes of their own faults. */
import { isPromise } from "./awaitable.ts";
import { PluginError, reason } from "./errors.ts";

/** One listening: the same function may listen twice. */
interface Registered {
  readonly listener: (event: never) => unknown;
}

/** Events by type. A listener's fault never reaches what emits, and never ends the process. */
export class Events<Map extends Record<string, unknown>> {
  /** Only there where something listens: many plugins have no listener. */
  #listeners: globalThis.Map<keyof Map, readonly Registered[]> | undefined;
  readonly #onFault: (error: unknown, type: keyof Map) => void;

  /** @param onFault told what a listener threw, or what the promise that it answered was rejected with */
  constructor(onFault: (error: unknown, type: keyof Map) => void = report) {
    this.#onFault = onFault;
  }

  /**
   * @returns a function that ends the listening
   * @throws PluginError `argument` for what is no function
   */
  on<K extends keyof Map>(type: K, listener: (event: Map[K]) => void): () => void {
    if (typeof listener !== "function") {
      const found = listener === null ? "null" : typeof listener;
      throw new PluginError(
        "argument",
        `could not listen to ${String(type)}: found ${found}, wanted a function`,
      );
    }
    const one = { listener };
    this.#listeners ??= new globalThis.Map();
    const listeners = this.#listeners;
    listeners.set(type, [...(listeners.get(type) ?? []), one]);
    return () =>
      void listeners.set(
        type,
        listeners.get(type)!.filter((each) => each !== one),
      );
  }

  /** Tells the listeners of now, in the order in which they came. @returns whether there was one */
  emit<K extends keyof Map>(type: K, event: Map[K]): boolean {
    const listeners = this.#listeners?.get(type) ?? [];
    for (const { listener } of listeners) {
      telling(
        () => (listener as (event: Map[K]) => unknown)(event),
        (error) => this.#onFault(error, type),
      );
    }
    return listeners.length > 0;
  }
}

/**
 * Calls what is not ours and is told something: it may throw, or answer a promise that is rejected.
 *
 * @param onFault is told of either
 */
export function telling(call: () => unknown, onFault: (error: unknown) => void): void {
  try {
    const answer = call();
    if (isPromise(answer)) Promise.resolve(answer).then(undefined, onFault);
  } catch (error) {
    onFault(error);
  }
}

/**
 * The last resort for an error that nothing listens to: a line on the console. `reportError` is not used: some runtimes
 * end the process for it.
 */
export function report(error: unknown): void {
  try {
    console.error(`moult: ${reason(error)}`, error);
  } catch {
    // A console that throws cannot be told of it.
  }
}
