import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Events, report, telling } from "../../host/events.ts";

let faults: unknown[] = [];
const events = () =>
  new Events<{ swap: number; close: string }>((error, type) => void faults.push([type, error]));
/** Until every promise that is settled by now has been heard. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

beforeEach(() => {
  faults = [];
});
afterEach(() => void vi.restoreAllMocks());

const BROKEN = new Error("the listener broke");
const WAYS: readonly (readonly [way: string, listener: () => unknown])[] = [
  [
    "throws",
    () => {
      throw BROKEN;
    },
  ],
  ["answers a promise that is rejected", () => Promise.reject(BROKEN)],
  [
    "is async and throws",
    async () => {
      await Promise.resolve();
      throw BROKEN;
    },
  ],
  [
    "answers a thenable that is rejected",
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: what a thenable of the listener's own does
      then: (_: unknown, reject: (error: Error) => void) => reject(BROKEN),
    }),
  ],
  [
    "answers a thenable that throws",
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: what a thenable of the listener's own does
      then: () => {
        throw BROKEN;
      },
    }),
  ],
  [
    "answers what cannot be looked at",
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: what a thenable of the listener's own does
      get then() {
        throw BROKEN;
      },
    }),
  ],
];

describe("a listener that is at fault", () => {
  it.each(WAYS)("since it %s, is told of once, and disturbs no other", async (_, listener) => {
    const one = events();
    const heard: number[] = [];
    one.on("swap", listener);
    one.on("swap", (event) => heard.push(event));
    expect(one.emit("swap", 7)).toBe(true);
    await turn();
    expect([heard, faults]).toEqual([[7], [["swap", BROKEN]]]);
  });

  it.each(WAYS)("is told of on the console where nothing else is, since it %s", async (_, listener) => {
    const said = vi.spyOn(console, "error").mockImplementation(() => {});
    const one = new Events<{ swap: number }>();
    one.on("swap", listener);
    one.emit("swap", 7);
    await turn();
    expect(said.mock.calls).toEqual([["moult: the listener broke", BROKEN]]);
  });

  it("is told of on no console that is broken too", () => {
    vi.spyOn(console, "error").mockImplementation(() => {
      throw new Error("no console");
    });
    expect(() => report(BROKEN)).not.toThrow();
  });
});

describe("listening", () => {
  it("goes in the order in which the listeners came, for each type apart", () => {
    const one = events();
    const heard: string[] = [];
    one.on("swap", (event) => heard.push(`a${event}`));
    one.on("close", (event) => heard.push(event));
    one.on("swap", (event) => heard.push(`b${event}`));
    one.emit("swap", 1);
    one.emit("close", "c");
    expect(heard).toEqual(["a1", "b1", "c"]);
  });

  it("ends alone, where the same function listens twice", () => {
    const one = events();
    const listener = vi.fn();
    const [first] = [one.on("swap", listener), one.on("swap", listener)];
    one.emit("swap", 1);
    first?.();
    first?.();
    one.emit("swap", 2);
    expect(listener.mock.calls).toEqual([[1], [1], [2]]);
  });

  it("begins with the next event, where a listener brings another one", () => {
    const one = events();
    const heard: number[] = [];
    const more = (event: number): void => {
      heard.push(event);
      one.on("swap", more);
    };
    one.on("swap", more);
    one.emit("swap", 1);
    one.emit("swap", 2);
    expect(heard).toEqual([1, 2, 2]);
  });

  it("is said to be nobody's where there is no listener, or none any more", () => {
    const one = events();
    expect(one.emit("swap", 1)).toBe(false);
    one.on("swap", () => {})();
    expect(one.emit("swap", 1)).toBe(false);
  });

  it.each([undefined, null, "swap", {}])("takes no %o for a function", (listener) => {
    expect(() => events().on("swap", listener as never)).toThrow(
      `[argument] could not listen to swap: found ${listener === null ? "null" : typeof listener}, wanted a function`,
    );
  });
});

it("tells of nothing where nothing is at fault", async () => {
  telling(
    () => 7,
    (error) => faults.push(error),
  );
  telling(
    () => Promise.resolve(7),
    (error) => faults.push(error),
  );
  await turn();
  expect(faults).toEqual([]);
});
