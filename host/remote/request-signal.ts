/** What gives a request up, as an AbortSignal does. One of the engine's costs a tenth of a call, and few requests are given up. */

/** What requests use of an AbortSignal. */
export interface SignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: () => void, options: { readonly once: true }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

export class RequestSignal implements SignalLike {
  aborted = false;
  reason: unknown;
  #listeners: (() => void)[] = [];
  #whole: AbortController | undefined;

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  addEventListener(_: "abort", listener: () => void): void {
    if (!this.#listeners.includes(listener)) this.#listeners.push(listener);
  }

  removeEventListener(_: "abort", listener: () => void): void {
    const at = this.#listeners.indexOf(listener);
    if (at >= 0) this.#listeners.splice(at, 1);
  }

  /** Once: what follows does nothing. */
  abort(reason?: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason ?? new DOMException("the request was given up", "AbortError");
    this.#whole?.abort(this.reason);
    for (const each of this.#listeners.splice(0)) each();
  }

  /** One of the engine's that fires with this. */
  get whole(): AbortSignal {
    this.#whole ??= new AbortController();
    if (this.aborted) this.#whole.abort(this.reason);
    return this.#whole.signal;
  }
}

/** One of the engine's. */
export function wholeSignal(signal: SignalLike): AbortSignal {
  return signal instanceof RequestSignal ? signal.whole : (signal as AbortSignal);
}
