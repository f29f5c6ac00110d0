/** A clock that stands still until a test moves it. */
import { clock, type Grant } from "../mod.ts";

export interface FakeClockOptions {
  /** Milliseconds since 1970. @default 0 */
  readonly now?: number;
}

/** Grant it as it is: `grant: [fakeClock()]`. */
export interface FakeClock extends ReadonlyArray<Grant> {
  /** Milliseconds since 1970, as the plugin sees them. */
  readonly now: number;
  /** Sets the time of day, also to an earlier one. The monotonic clock does not change. */
  set(now: number): void;
  /** Lets milliseconds pass on both clocks. @throws RangeError for a negative time */
  advance(milliseconds: number): void;
}

/** Makes a grant of the clocks, `wasi:clocks`, whose time passes only when the test says so. */
export function fakeClock({ now = 0 }: FakeClockOptions = {}): FakeClock {
  let wall = checked(now);
  let passed = 0;
  const grants = clock({ now: () => wall, monotonic: () => passed });
  const hands = {
    set: (to: number) => {
      wall = checked(to);
    },
    advance: (milliseconds: number) => {
      if (!(milliseconds >= 0)) throw new RangeError(`could not advance the clock by ${milliseconds} ms`);
      wall = checked(wall + milliseconds);
      passed += milliseconds;
    },
  };
  return Object.defineProperty(Object.assign([...grants], hands), "now", {
    get: () => wall,
  }) as unknown as FakeClock;
}

/** Checks that a guest's clock can represent the time. */
function checked(now: number): number {
  if (now >= 0 && now <= LATEST) return now;
  throw new RangeError(`could not set the clock to ${now}: wanted milliseconds since 1970, like Date.now()`);
}

/** The latest time that a `Date` can hold. */
const LATEST = 8.64e15;
