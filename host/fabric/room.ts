/** Room for bytes that are held at a time: who finds too little waits for its turn. */
import { PluginError } from "../errors.ts";

interface Waiting {
  readonly bytes: number;
  enter(): void;
}

/** Those that wait, at most. */
const MOST = 1_000;

export class Room {
  readonly #waiting = new Set<Waiting>();
  #free: number;

  constructor(bytes: number) {
    this.#free = bytes;
  }

  /**
   * @param bytes no more than the whole room
   * @param could what is refused where too many wait
   * @returns leaves it
   * @throws PluginError `queue-full`; the reason of the signal
   */
  async enter(bytes: number, could: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#waiting.size >= MOST) {
      const why = `${MOST} wait already until there is room for what they bring`;
      throw new PluginError("queue-full", `${could}: ${why}; it was not called`);
    }
    if (this.#waiting.size > 0 || bytes > this.#free) await this.#turn(bytes, signal);
    else this.#free -= bytes;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#free += bytes;
      this.#admit();
    };
  }

  #turn(bytes: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(waiting);
        // It may have been the one that all others waited for.
        this.#admit();
        reject(signal.reason);
      };
      const enter = () => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const waiting = { bytes, enter };
      this.#waiting.add(waiting);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  /** In their order: a large one is not passed by. */
  #admit(): void {
    for (const waiting of this.#waiting) {
      if (waiting.bytes > this.#free) return;
      this.#free -= waiting.bytes;
      this.#waiting.delete(waiting);
      waiting.enter();
    }
  }
}
