import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { withDeadline } from "../../host/deadline.ts";

const DAY = 24 * 3_600_000;
const never = new AbortController().signal;

describe("work of the caller's", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
  afterEach(() => void vi.useRealTimers());

  it.each([10, 30 * DAY])("is given up after %d ms, and told so by its signal", async (timeout) => {
    let over: AbortSignal | undefined;
    const work = (signal: AbortSignal) => {
      over = signal;
      return new Promise<never>(() => {});
    };
    const settled = vi.fn();
    const late = withDeadline("verify", work, { timeout, signal: never }).catch(settled);
    await vi.advanceTimersByTimeAsync(timeout - 1);
    expect([settled.mock.calls.length, over?.aborted]).toEqual([0, false]);
    await vi.advanceTimersByTimeAsync(1);
    await late;
    expect(settled.mock.calls[0]?.[0]).toMatchObject({
      code: "deadline",
      message: `[deadline] verify did not answer within ${timeout} ms`,
    });
    expect(over?.aborted).toBe(true);
  });

  it("has all the time that there is, with Infinity", async () => {
    let answer = (_: number) => {};
    const work = () => new Promise<number>((resolve) => (answer = resolve));
    const done = withDeadline("verify", work, { timeout: Number.POSITIVE_INFINITY, signal: never });
    await vi.advanceTimersByTimeAsync(1_000 * DAY);
    answer(7);
    expect([await done, vi.getTimerCount()]).toEqual([7, 0]);
  });

  it.each([Number.NaN, -1, "10"])("is not begun with a time that is none: %s", async (timeout) => {
    const work = vi.fn();
    await expect(
      withDeadline("verify", work, { timeout: timeout as number, signal: never }),
    ).rejects.toMatchObject({
      code: "argument",
    });
    expect(work).not.toHaveBeenCalled();
  });

  it("is not begun for a caller who gave up before", async () => {
    const work = vi.fn();
    await expect(withDeadline("warm", work, { timeout: 10, signal: AbortSignal.abort() })).rejects.toThrow(
      "[aborted] the caller gave up during warm",
    );
    expect(work).not.toHaveBeenCalled();
  });

  it.each([undefined, null, 0, "", new Error("no")])("may throw %o, which is the work's", async (thrown) => {
    const work = () => Promise.reject(thrown);
    const failed = (cause: unknown) => ["failed", cause];
    await expect(withDeadline("verify", work, { timeout: 10, signal: never, failed })).rejects.toEqual([
      "failed",
      thrown,
    ]);
  });

  it("leaves no timer and no listener behind, however it ends", async () => {
    const caller = new AbortController();
    const removed = vi.spyOn(caller.signal, "removeEventListener");
    const bounds = { timeout: 1_000, signal: caller.signal, failed: (cause: unknown) => cause };
    expect(await withDeadline("verify", () => 1, bounds)).toBe(1);
    await expect(withDeadline("verify", () => Promise.reject(new Error("no")), bounds)).rejects.toThrow("no");
    const thrown = () => {
      throw new Error("at once");
    };
    await expect(withDeadline("verify", thrown, bounds)).rejects.toThrow("at once");
    caller.abort();
    expect(vi.getTimerCount()).toBe(0);
    removed.mockRestore();
  });
});
