import { afterEach, describe, expect, it, vi } from "vitest";
import { checkTime, LONGEST, after as later, now, type Timers } from "../../host/timer.ts";

const DAY = 24 * 3600 * 1000;

/** Timers that a test winds, and that refuse what engines would run at once. */
class Hand implements Timers {
  at = 0;
  readonly #armed = new Map<number, { readonly due: number; readonly work: () => void }>();
  #number = 0;

  readonly now = () => this.at;
  readonly set = (work: () => void, milliseconds: number): number => {
    expect(milliseconds).toBeLessThanOrEqual(LONGEST);
    this.#armed.set(++this.#number, { due: this.at + milliseconds, work });
    return this.#number;
  };
  readonly clear = (timer: unknown) => void this.#armed.delete(timer as number);

  get armed(): number {
    return this.#armed.size;
  }

  wind(milliseconds: number): void {
    const until = this.at + milliseconds;
    for (;;) {
      const next = [...this.#armed]
        .filter(([, { due }]) => due <= until)
        .sort(([, a], [, b]) => a.due - b.due)[0];
      if (!next) break;
      this.#armed.delete(next[0]);
      this.at = next[1].due;
      next[1].work();
    }
    this.at = until;
  }
}

describe("a time that an option names", () => {
  it.each([0, 1, 1_000, LONGEST, LONGEST + 1, 30 * DAY, 365 * DAY])(
    "of %d ms is over when it is over, and no sooner",
    (milliseconds) => {
      const timers = new Hand();
      const work = vi.fn();
      later(milliseconds, work, { name: "timeout", timers });
      if (milliseconds > 0) timers.wind(milliseconds - 1);
      expect(work).toHaveBeenCalledTimes(0);
      timers.wind(1);
      expect(work).toHaveBeenCalledTimes(1);
      timers.wind(1_000 * DAY);
      expect([work.mock.calls.length, timers.armed]).toEqual([1, 0]);
    },
  );

  it("that is Infinity is never over, and holds no timer", () => {
    const timers = new Hand();
    const work = vi.fn();
    const end = later(Number.POSITIVE_INFINITY, work, { name: "timeout", timers });
    timers.wind(1_000 * DAY);
    expect([work.mock.calls.length, timers.armed]).toEqual([0, 0]);
    end();
  });

  it.each([10, 30 * DAY, 60 * DAY])(
    "of %d ms can be ended, also in one of its later parts",
    (milliseconds) => {
      const timers = new Hand();
      const work = vi.fn();
      const end = later(milliseconds, work, { name: "timeout", timers });
      timers.wind(milliseconds - 1);
      end();
      end();
      timers.wind(1_000 * DAY);
      expect([work.mock.calls.length, timers.armed]).toEqual([0, 0]);
    },
  );

  it.each([
    [Number.NaN, "number NaN"],
    [-1, "number -1"],
    [Number.NEGATIVE_INFINITY, "number -Infinity"],
    ["100", 'string "100"'],
    [100n, "bigint 100"],
    [null, "null"],
    [undefined, "undefined"],
    [{}, "an object"],
    [new Date(0), "an object (Date)"],
  ])("refuses %s, naming the option, what was found and what is wanted", (value, found) => {
    const message = `[argument] could not use drain: found ${found}, wanted milliseconds from 0 up, or Infinity for never`;
    expect(() => later(value as number, () => {}, { name: "drain" })).toThrow(
      expect.objectContaining({ code: "argument", message }),
    );
    expect(() => checkTime(value, "drain")).toThrow(message);
  });
});

describe("the engine's own timers", () => {
  afterEach(() => void vi.useRealTimers());

  it("are used unless others are given, and let the process end where that is wanted", () => {
    const unref = vi.fn();
    const set = vi.spyOn(globalThis, "setTimeout").mockReturnValue({ unref } as never);
    const [kept, free] = [{ name: "timeout" }, { name: "timeout", unref: true }];
    later(5, () => {}, kept);
    expect(unref).toHaveBeenCalledTimes(0);
    later(5, () => {}, free);
    expect([set.mock.calls.length, unref.mock.calls.length]).toEqual([2, 1]);
    set.mockRestore();
  });

  it("let the process end in every part of a long time", () => {
    const unref = vi.fn();
    const parts: (() => void)[] = [];
    const set = vi.spyOn(globalThis, "setTimeout").mockImplementation(((work: () => void) => {
      parts.push(work);
      return { unref };
    }) as never);
    later(60 * DAY, () => {}, { name: "timeout", unref: true });
    parts[0]?.();
    expect([parts.length, unref.mock.calls.length]).toEqual([2, 2]);
    set.mockRestore();
  });

  it("do not go by the time of day", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
    const work = vi.fn();
    later(30 * DAY, work, { name: "timeout" });
    vi.setSystemTime(new Date(Date.now() - 3_650 * DAY));
    const before = now();
    vi.advanceTimersByTime(30 * DAY - 1);
    expect([work.mock.calls.length, now() - before]).toEqual([0, 30 * DAY - 1]);
    vi.advanceTimersByTime(1);
    expect(work).toHaveBeenCalledTimes(1);
  });
});
