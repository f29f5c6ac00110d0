/** A clock that goes on when everything is done that happens at a moment: hours take as long as their work does. */
import type { Timers } from "../../host/timer.ts";

interface Due {
  readonly at: number;
  readonly order: number;
  work: (() => void) | undefined;
}

/** Milliseconds between two moments. */
const STEP = 0.25;

export class Clock implements Timers {
  #now = 0;
  #order = 0;
  /** A heap: the earliest first, and of one moment the first that was set. */
  readonly #due: Due[] = [];

  readonly now = (): number => this.#now;

  readonly set = (work: () => void, milliseconds: number): Due => {
    const at = Math.ceil((this.#now + Math.max(0, milliseconds)) / STEP) * STEP;
    const due = { at, order: this.#order++, work };
    this.#push(due);
    return due;
  };

  readonly clear = (due: unknown): void => {
    if (due) (due as Due).work = undefined;
  };

  /** @returns resolves when so much time has passed on this clock, for those that run on it */
  readonly pause = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => void this.set(resolve, milliseconds));

  /**
   * Lets time go on until the work is done.
   *
   * @param most milliseconds of this clock
   * @throws Error where it is not done by then, or nothing is left that could happen
   */
  async run<T>(work: Promise<T>, most: number): Promise<T> {
    let done = false;
    const ended = () => {
      done = true;
    };
    work.then(ended, ended);
    const late = this.#now + most;
    for (await turn(); !done; await turn()) {
      const next = this.#due[0];
      if (!next || next.at > late) throw new Error(`it was not done after ${most} ms of the simulated clock`);
      this.#now = next.at;
      // What happens at one moment happens in its order, and what follows from it in the turn after.
      while (this.#due[0]?.at === this.#now) this.#pop().work?.();
    }
    return work;
  }

  #push(due: Due): void {
    const heap = this.#due;
    let i = heap.push(due) - 1;
    for (let up = (i - 1) >> 1; i > 0 && before(due, heap[up]!); up = (i - 1) >> 1) {
      heap[i] = heap[up]!;
      i = up;
    }
    heap[i] = due;
  }

  #pop(): Due {
    const heap = this.#due;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let i = 0;
    for (let down = 1; down < heap.length; down = 2 * i + 1) {
      if (down + 1 < heap.length && before(heap[down + 1]!, heap[down]!)) down++;
      if (!before(heap[down]!, last)) break;
      heap[i] = heap[down]!;
      i = down;
    }
    heap[i] = last;
    return first;
  }
}

const before = (a: Due, b: Due) => a.at < b.at || (a.at === b.at && a.order < b.order);

/** All promises that are settled have told those who wait for them. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
