/** The signal that grants get: errors of its listeners are reported, and end no process. */
import { telling } from "../events.ts";

type Listener = ((event: Event) => unknown) | { handleEvent(event: Event): unknown };
type Listening = (type: string, listener: Listener | null, options?: AddEventListenerOptions) => void;

/**
 * A controller that reports what the listeners of its signal throw, and what their promises are rejected
 * with. Engines treat both as uncaught errors, which end a process. Listeners of a signal derived from this
 * one (`AbortSignal.any`) remain the engine's.
 */
export function signalling(onError: (error: unknown) => void): AbortController {
  const controller = new AbortController();
  const { signal } = controller;
  const guarded = new WeakMap<Listener, (event: Event) => void>();
  const guard = (listener: Listener | null): ((event: Event) => void) | null => {
    if (listener === null || (typeof listener !== "function" && typeof listener !== "object"))
      return listener;
    const known = guarded.get(listener);
    if (known) return known;
    const made = (event: Event): void =>
      telling(
        () => (typeof listener === "function" ? listener.call(signal, event) : listener.handleEvent(event)),
        onError,
      );
    guarded.set(listener, made);
    return made;
  };
  const listening = (own: Listening): Listening => {
    return (type, listener, options) => own.call(signal, type, guard(listener), options);
  };
  let onabort: Listener | null = null;
  const { addEventListener: add, removeEventListener: remove } = signal as unknown as Record<
    string,
    Listening
  >;
  Object.defineProperties(signal, {
    addEventListener: { value: listening(add!) },
    removeEventListener: { value: listening(remove!) },
    onabort: {
      get: () => onabort,
      set: (listener: Listener | null) => {
        if (onabort) signal.removeEventListener("abort", onabort as EventListener);
        onabort = typeof listener === "function" ? listener : null;
        if (onabort) signal.addEventListener("abort", onabort as EventListener);
      },
    },
  });
  return controller;
}
