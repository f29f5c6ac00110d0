/** Parts of the loader that many programs do not need: each is loaded when it is first needed. */
import { PluginError, reason } from "./errors.ts";

/** Work that waits for a part. */
interface Waiting<M> {
  readonly start: (part: M) => void;
  readonly fail: (cause: unknown) => void;
}

/** Made once, for all plugins: its only state is whether the part is loaded. */
export class LazyPart<M> {
  readonly #load: () => Promise<M>;
  #there: M | undefined;
  #waiting: Waiting<M>[] = [];

  /** @param load imports the part. After a failed import, the next request tries again */
  constructor(load: () => Promise<M>) {
    this.#load = load;
  }

  /** The part, if it is loaded. */
  get there(): M | undefined {
    return this.#there;
  }

  /**
   * Works with the part: in the caller's stack if it is loaded, otherwise in the order of the requests.
   *
   * @param could the work, for messages: `could not swap counter`
   * @throws PluginError `unavailable` when it cannot be loaded; the work was not begun
   */
  with<T>(could: string, work: (part: M) => T | Promise<T>): Promise<T> {
    const there = this.#there;
    if (there) return settled(() => work(there));
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({
        start: (part) => resolve(settled(() => work(part))),
        fail: (cause) => reject(missing(could, cause)),
      });
      if (this.#waiting.length === 1) void this.#fetch();
    });
  }

  /** @throws PluginError `unavailable` */
  load(could: string): Promise<M> {
    return this.with(could, (part) => part);
  }

  async #fetch(): Promise<void> {
    let tell: (each: Waiting<M>) => void;
    try {
      const part = await this.#load();
      this.#there = part;
      tell = ({ start }) => start(part);
    } catch (cause) {
      tell = ({ fail }) => fail(cause);
    }
    for (const each of this.#waiting.splice(0)) tell(each);
  }
}

function settled<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return Promise.resolve(work());
  } catch (error) {
    return Promise.reject(error);
  }
}

function missing(could: string, cause: unknown): PluginError {
  const why = `a part of moult that it takes could not be loaded: ${reason(cause)}`;
  return new PluginError("unavailable", `${could}: ${why}; it is asked for again the next time`, {
    cause,
  });
}
