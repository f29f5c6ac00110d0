/** Listeners, and the errors that they throw. */
import { isPromise } from "./awaitable.ts";
import { PluginError, reason } from "./errors.ts";

/** One registration; a function that was registered twice is called twice. */
interface Registered {
  readonly listener: (event: never) => unknown;
}

/** Events by type. An error thrown by a listener never reaches the emitter, and never ends the process. */
export class Events<Map extends object> {
  /** Allocated with the first listener: many plugins have none. */
  #listeners: globalThis.Map<keyof Map, readonly Registered[]> | undefined;
  readonly #onFault: (error: unknown, type: keyof Map) => void;

  /** @param onFault gets what a listener threw, or what its promise was rejected with */
  constructor(onFault: (error: unknown, type: keyof Map) => void = report) {
    this.#onFault = onFault;
  }

  /**
   * @returns a function that removes the listener
   * @throws PluginError `argument` when `listener` is not a function
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

  /** Whether anybody listens, besides one. */
  heard<K extends keyof Map>(type: K, besides: (event: Map[K]) => void): boolean {
    return (this.#listeners?.get(type) ?? []).some(({ listener }) => listener !== besides);
  }

  /** Calls the current listeners in the order of their registration. @returns whether there was one */
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
 * Calls a function of the embedder's that is only notified: it may throw, or answer a promise that is
 * rejected.
 *
 * @param onFault gets either
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
 * The last resort for an error that no listener takes: a line on the console. `reportError` is not used,
 * because some runtimes end the process for it.
 */
export function report(error: unknown): void {
  try {
    console.error(`moult: ${reason(error)}`, error);
  } catch {
    // The console itself threw: there is nowhere left to report to.
  }
}
