/** Listeners. What they throw is theirs: it is reported as uncaught, and nobody here is disturbed. */
export class Events<Map extends Record<string, unknown>> {
  #listeners: globalThis.Map<keyof Map, Set<(event: never) => void>> | undefined;

  /** @returns a function that ends the listening */
  on<K extends keyof Map>(type: K, listener: (event: Map[K]) => void): () => void {
    this.#listeners ??= new globalThis.Map();
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener as never));
    return () => void listeners.delete(listener as never);
  }

  emit<K extends keyof Map>(type: K, event: Map[K]): void {
    for (const listener of this.#listeners?.get(type) ?? []) {
      try {
        (listener as (event: Map[K]) => void)(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
