/** The door out of one instance: every import of it goes through here, and what is thrown there ends the call for good. */
import type { Door } from "../../abi/canonical/memory.ts";

type Work = (...flat: never[]) => unknown;
type Callable = (...flat: unknown[]) => unknown;
/** What becomes of an error that an import throws. */
type Told = (error: unknown) => unknown;

/**
 * Guests can catch what an import throws, and go on (`catch_all`; C++, Kotlin and Rust do). So the first fault stays: every
 * further import is refused with it, and an entry that comes back all the same is a trap with it.
 */
export class DoorOut implements Door {
  /** Nothing of the instance may be called any more. */
  shut = false;
  fault: unknown;

  /** Shuts it: what the guest asks from now on is refused, and it is not entered again. The first fault stays. */
  shutFor(fault: unknown): void {
    if (this.shut) return;
    this.shut = true;
    this.fault = fault;
  }

  /** The instance became another one, which had no fault. */
  open(): void {
    this.shut = false;
    this.fault = undefined;
  }

  /**
   * An import, as the instance gets it.
   *
   * @param width core values that it takes, where that is known
   */
  import(width: number | undefined, work: Work, told: Told = itself): Work {
    const call = work as Callable;
    switch (width) {
      case 0:
        return () => {
          if (this.shut) throw this.fault;
          try {
            return call();
          } catch (error) {
            throw this.#ended(error, told);
          }
        };
      case 1:
        return (a) => {
          if (this.shut) throw this.fault;
          try {
            return call(a);
          } catch (error) {
            throw this.#ended(error, told);
          }
        };
      case 2:
        return (a, b) => {
          if (this.shut) throw this.fault;
          try {
            return call(a, b);
          } catch (error) {
            throw this.#ended(error, told);
          }
        };
      default:
        return (...flat) => {
          if (this.shut) throw this.fault;
          try {
            return call(...flat);
          } catch (error) {
            throw this.#ended(error, told);
          }
        };
    }
  }

  /** The same for an import that answers a promise: the guest is suspended meanwhile. */
  importAsync(work: (...flat: never[]) => Promise<unknown>, told: Told = itself): Work {
    return async (...flat) => {
      if (this.shut) throw this.fault;
      let answer: unknown;
      try {
        answer = await work(...flat);
      } catch (error) {
        throw this.#ended(error, told);
      }
      // It may have been shut meanwhile: its plugin was closed.
      if (this.shut) throw this.fault;
      return answer;
    };
  }

  #ended(error: unknown, told: Told): unknown {
    if (this.shut) return this.fault;
    // Before anything is called: there may be no stack left for it.
    this.shut = true;
    this.fault = error;
    this.fault = told(error);
    return this.fault;
  }
}

function itself(error: unknown): unknown {
  return error;
}
