import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { checkPatience, Queue } from "../../../host/call/queue.ts";
import type { PluginError } from "../../../host/errors.ts";
import { load } from "../../../host/mod.ts";
import { manifest, wat } from "../../faults/guest.ts";

const DAY = 24 * 3_600_000;

describe("a call in the queue", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
  afterEach(() => void vi.useRealTimers());

  const waiting = (timeout?: number) => {
    const queue = new Queue({ plugin: "p", most: 4, onChange: () => {} });
    const told: string[] = [];
    const fail = (error: PluginError) => told.push(error.message);
    queue.add({ name: "f", start: () => told.push("started"), fail }, { timeout });
    return { queue, told };
  };

  it.each([100, 25 * DAY, 90 * DAY])("waits for %d ms, and no longer", (timeout) => {
    const { queue, told } = waiting(timeout);
    vi.advanceTimersByTime(timeout - 1);
    expect([queue.length, told]).toEqual([1, []]);
    vi.advanceTimersByTime(1);
    expect([queue.length, told]).toEqual([
      0,
      [`[deadline] could not call p.f: its turn did not come within ${timeout} ms; it was not called`],
    ]);
  });

  it.each([Number.POSITIVE_INFINITY, undefined])("waits for as long as it takes: %d", (timeout) => {
    const { queue, told } = waiting(timeout);
    vi.advanceTimersByTime(1_000 * DAY);
    expect([queue.length, told, vi.getTimerCount()]).toEqual([1, [], 0]);
    queue.next()?.start();
    expect(told).toEqual(["started"]);
  });

  it("holds at most so many bytes of arguments with the others, and what left holds none", () => {
    const queue = new Queue({ plugin: "p", most: 4, mostBytes: 100, onChange: () => {} });
    const told: string[] = [];
    const add = (bytes: number) =>
      queue.add(
        { name: "f", start: () => told.push(`${bytes}`), fail: ({ message }) => told.push(message) },
        { bytes: () => bytes },
      );
    add(60);
    add(41);
    expect(told).toEqual([
      "[queue-full] could not call p.f: it would have to wait, with 1 others, and their arguments are 101 bytes; at most 100 may wait (maxWaitingBytes); it was not called",
    ]);
    add(40);
    queue.next()?.start();
    add(60);
    expect([queue.length, told.slice(1)]).toEqual([2, ["60"]]);
  });

  it.each([100, 90 * DAY])("that began in time is told of no deadline: %d ms", (timeout) => {
    const { queue, told } = waiting(timeout);
    vi.advanceTimersByTime(timeout - 1);
    queue.next()?.start();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(1_000 * DAY);
    expect(told).toEqual(["started"]);
  });
});

describe("a patience", () => {
  const time = "wanted milliseconds from 0 up, or Infinity for never";

  it.each([
    [{ timeout: Number.NaN }, `could not use timeout: found number NaN, ${time}`],
    [{ timeout: -1 }, `could not use timeout: found number -1, ${time}`],
    [{ timeout: "100" }, `could not use timeout: found string "100", ${time}`],
    [{ timeout: null }, `could not use timeout: found null, ${time}`],
    [
      { signal: new AbortController() },
      "could not use signal: found an object (AbortController), wanted an AbortSignal",
    ],
    [100, "could not use the wait options: found number 100, wanted { timeout, signal, bind }"],
    [null, "could not use the wait options: found null, wanted { timeout, signal, bind }"],
    [{ signal: null }, "could not use signal: found null, wanted an AbortSignal"],
  ])("that is none is refused where it is given: %o", async (patience, message) => {
    expect(() => checkPatience(patience as never)).toThrow(`[argument] ${message}`);
    await using plugin = await load(await wat(`(memory (export "memory") 1)`, { manifest: manifest() }));
    expect(() => plugin.within(patience as never)).toThrow(`[argument] ${message}`);
  });

  it.each([{}, { timeout: 0 }, { timeout: Number.POSITIVE_INFINITY }, { signal: AbortSignal.abort() }])(
    "is %o",
    (patience) => {
      expect(() => checkPatience(patience)).not.toThrow();
    },
  );
});
