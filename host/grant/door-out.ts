/** The door out of one instance: every import goes through it, and an error thrown there ends the call. */
import type { Door } from "../../abi/canonical/memory.ts";

type Work = (...flat: never[]) => unknown;
type Callable = (...flat: unknown[]) => unknown;
/** Turns an error from an import into the error for the guest. */
type Told = (error: unknown) => unknown;

/**
 * Guests can catch errors from imports and go on (`catch_all`; C++, Kotlin and Rust do). So the first fault
 * is kept: every further import is refused with it, and a call that returns all the same is a trap with it.
 */
export class DoorOut implements Door {
  /** Whether nothing of the instance may be called any more. */
  shut = false;
  fault: unknown;

  /**
   * Shuts the door: every further import is refused with `fault`, and the instance is not entered again. The
   * first fault is kept.
   */
  shutFor(fault: unknown): void {
    if (this.shut) return;
    this.shut = true;
    this.fault = fault;
  }

  /** Opens the door again: the instance became another one, which had no fault. */
  open(): void {
    this.shut = false;
    this.fault = undefined;
  }

  /**
   * An import as the instance gets it.
   *
   * @param width the core values that it takes, where that is known
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
      // The door may have been shut meanwhile, by the closing of the plugin.
      if (this.shut) throw this.fault;
      return answer;
    };
  }

  #ended(error: unknown, told: Told): unknown {
    if (this.shut) return this.fault;
    // Set before anything is called, because there may be no stack left for a call.
    this.shut = true;
    this.fault = error;
    this.fault = told(error);
    return this.fault;
  }
}

function itself(error: unknown): unknown {
  return error;
}
