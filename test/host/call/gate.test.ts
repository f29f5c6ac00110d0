import { describe, expect, it, vi } from "vitest";
import { Gate } from "../../../host/call/gate.ts";
import { PluginError } from "../../../host/errors.ts";

const gate = (concurrency = 1, queue = 4) => new Gate({ plugin: "p", concurrency, queue });

/** Something that the test ends when it wants to. */
function later<T>(): { readonly promise: Promise<T>; resolve(value: T): void; reject(error: Error): void } {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

describe("the gate", () => {
  it("lets a call through in its caller's stack when it is open and nobody is inside", () => {
    let entered = false;
    void gate().pass("a", () => {
      entered = true;
    });
    expect(entered).toBe(true);
  });

  it("lets calls in one by one, in the order in which they came", async () => {
    const order: string[] = [];
    const door = gate();
    const first = later<void>();
    const a = door.pass("a", () => first.promise.then(() => void order.push("a")));
    const b = door.pass("b", () => void order.push("b"));
    const c = door.pass("c", () => void order.push("c"));
    expect(door.waiting).toBe(2);
    first.resolve();
    await Promise.all([a, b, c]);
    expect(order).toEqual(["a", "b", "c"]);
  });

  it("lets as many in as it may at a time", () => {
    const door = gate(2);
    void door.pass("a", () => new Promise(() => {}));
    void door.pass("b", () => new Promise(() => {}));
    void door.pass("c", () => new Promise(() => {}));
    expect([door.depth, door.waiting]).toEqual([2, 1]);
  });

  it("F12: refuses a call when too many wait", async () => {
    const door = gate(1, 1);
    void door.pass("a", () => new Promise(() => {}));
    void door.pass("b", () => 1);
    await expect(door.pass("c", () => 1)).rejects.toThrow(
      "[queue-full] could not call p.c: 1 calls wait already; at most 1 may wait (queue); it was not called",
    );
  });

  it("gives a call's error to its caller alone, and goes on", async () => {
    const door = gate();
    const a = later<void>();
    const first = door.pass("a", () => a.promise);
    const second = door.pass("b", () => {
      throw new Error("mine");
    });
    const third = door.pass("c", () => 3);
    a.reject(new Error("yours"));
    await expect(first).rejects.toThrow("yours");
    await expect(second).rejects.toThrow("mine");
    expect(await third).toBe(3);
  });

  it("does its quiet work at once when nobody is inside, and is open again afterwards", () => {
    const door = gate();
    let done = false;
    void door.quiet(() => {
      done = true;
    }, 1_000);
    expect(done).toBe(true);
    expect(door.free).toBe(true);
  });

  it("drains before it does its quiet work, and holds newcomers until that is done", async () => {
    const door = gate();
    const order: string[] = [];
    const inside = later<void>();
    const call = door.pass("a", () => inside.promise.then(() => void order.push("old")));
    const quiet = door.quiet(() => void order.push("work"), 1_000);
    const next = door.pass("b", () => void order.push("new"));
    expect(order).toEqual([]);
    inside.resolve();
    await Promise.all([call, quiet, next]);
    expect(order).toEqual(["old", "work", "new"]);
  });

  it("holds newcomers while its quiet work itself waits", async () => {
    const door = gate();
    const work = later<string>();
    const quiet = door.quiet(() => work.promise, 1_000);
    let entered = false;
    const call = door.pass("a", () => {
      entered = true;
    });
    await Promise.resolve();
    expect(entered).toBe(false);
    work.resolve("done");
    expect(await quiet).toBe("done");
    await call;
    expect(entered).toBe(true);
  });

  it("opens again when its quiet work throws", async () => {
    const door = gate();
    await expect(
      door.quiet(() => {
        throw new Error("work");
      }, 1_000),
    ).rejects.toThrow("work");
    expect(door.free).toBe(true);
  });

  it("F8: gives up draining at its deadline, names who is inside, and opens again", async () => {
    const door = gate();
    const inside = later<void>();
    const call = door.pass("slow", () => inside.promise);
    const next = door.quiet(() => {}, 1);
    const waits = door.pass("b", () => "served");
    await expect(next).rejects.toThrow("[deadline] calls did not end within 1 ms: slow");
    inside.resolve();
    await call;
    expect(await waits).toBe("served");
  });

  it("gives up draining when its caller does", async () => {
    const door = gate();
    void door.pass("slow", () => new Promise(() => {}));
    const caller = new AbortController();
    const quiet = door.quiet(() => {}, 10_000, caller.signal);
    caller.abort();
    await expect(quiet).rejects.toThrow("[aborted] the caller gave up while calls were draining");
    door.refuse(new PluginError("trapped", "it trapped"));
    expect(door.refused?.code).toBe("trapped");
  });

  it("F11: answers everybody when it ends, and waits for those inside", async () => {
    const door = gate();
    const inside = later<void>();
    const call = door.pass("a", () => inside.promise);
    const waits = door.pass("b", () => 1);
    const quiet = door.quiet(() => {}, 10_000);
    const error = new PluginError("closed", "it was closed");
    let ended = false;
    const end = door.end(error, 10_000).then(() => {
      ended = true;
    });
    await expect(waits).rejects.toBe(error);
    await expect(quiet).rejects.toBe(error);
    await expect(door.pass("c", () => 1)).rejects.toBe(error);
    expect(ended).toBe(false);
    inside.resolve();
    await Promise.all([call, end]);
    expect(ended).toBe(true);
  });

  it("F11: ends when the quiet work that it finds under way is done, and not before", async () => {
    const door = gate();
    const work = later<void>();
    const quiet = door.quiet(() => work.promise, 1_000);
    const waits = door.pass("a", () => 1);
    const error = new PluginError("closed", "it was closed");
    const order: string[] = [];
    const end = door.end(error, 10_000).then(() => order.push("ended"));
    await expect(waits).rejects.toBe(error);
    order.push("done");
    work.resolve();
    await Promise.all([quiet, end]);
    expect(order).toEqual(["done", "ended"]);
  });

  it("tells every caller when nobody is there to serve, but lets them wait while a swap is under way", async () => {
    const door = gate();
    const error = new PluginError("trapped", "it trapped");
    door.refuse(error);
    await expect(door.pass("a", () => 1)).rejects.toBe(error);
    const work = later<void>();
    const quiet = door.quiet(() => work.promise, 1_000);
    const waits = door.pass("b", () => 2);
    door.refuse(undefined);
    work.resolve();
    await quiet;
    expect(await waits).toBe(2);
  });

  it("tells those who waited for a swap that failed", async () => {
    const door = gate();
    const error = new PluginError("trapped", "it trapped");
    door.refuse(error);
    const work = later<void>();
    const quiet = door.quiet(() => work.promise, 1_000);
    const waits = door.pass("b", () => 2);
    work.reject(new Error("no"));
    await expect(quiet).rejects.toThrow("no");
    await expect(waits).rejects.toBe(error);
  });

  it("F12: answers a caller whose time is up while it waits, and keeps the order of the others", async () => {
    const door = gate();
    const inside = later<void>();
    const call = door.pass("a", () => inside.promise);
    const caller = new AbortController();
    const late = door.pass("b", () => "b", { timeout: 1 });
    const gone = door.pass("c", () => "c", { signal: caller.signal });
    const waits = door.pass("d", () => "d", { timeout: 60_000, signal: caller.signal });
    await expect(late).rejects.toThrow(
      "[deadline] could not call p.b: its turn did not come within 1 ms; it was not called",
    );
    inside.resolve();
    await call;
    expect(await Promise.all([gone, waits])).toEqual(["c", "d"]);
    caller.abort();
    expect(door.free).toBe(true);
  });

  it("F12: answers a caller that gives up while it waits, or before", async () => {
    const door = gate();
    const inside = later<void>();
    const call = door.pass("a", () => inside.promise);
    const caller = new AbortController();
    const waits = door.pass("b", () => "b", { signal: caller.signal });
    caller.abort();
    const message = "[aborted] could not call p.b: the caller gave up; it was not called";
    await expect(waits).rejects.toThrow(message);
    await expect(door.pass("b", () => "b", { signal: caller.signal })).rejects.toThrow(message);
    expect(door.waiting).toBe(0);
    inside.resolve();
    await call;
  });
});

describe("pauses", () => {
  it("are exclusive: a second one waits, and no call comes in between", async () => {
    const door = gate();
    const [first, second] = [later<void>(), later<void>()];
    const order: string[] = [];
    const one = door.quiet(() => first.promise.then(() => void order.push("first")), 1_000);
    const other = door.quiet(() => {
      order.push("second begins");
      return second.promise.then(() => void order.push("second"));
    }, 1_000);
    const call = door.pass("a", () => void order.push("call"));
    expect(order).toEqual([]);
    first.resolve();
    await one;
    expect([order, door.waiting]).toEqual([["first", "second begins"], 1]);
    second.resolve();
    await Promise.all([other, call]);
    expect(order).toEqual(["first", "second begins", "second", "call"]);
  });

  it("that fail while another is at work do not open the gate", async () => {
    const door = gate();
    const work = later<void>();
    const one = door.quiet(() => work.promise, 1_000);
    const abort = new AbortController();
    const other = door.quiet(() => {}, 1_000, abort.signal);
    abort.abort();
    await expect(other).rejects.toMatchObject({ code: "aborted" });
    let called = false;
    const call = door.pass("a", () => {
      called = true;
    });
    expect([called, door.waiting]).toEqual([false, 1]);
    work.resolve();
    await Promise.all([one, call]);
    expect(called).toBe(true);
  });

  it("that throw while they are at work let the next one in, and then the calls", async () => {
    const door = gate();
    const work = later<void>();
    const one = door.quiet(() => work.promise, 1_000);
    const other = door.quiet(() => "done", 1_000);
    const call = door.pass("a", () => "answer");
    work.reject(new Error("no"));
    await expect(one).rejects.toThrow("no");
    expect(await Promise.all([other, call])).toEqual(["done", "answer"]);
  });

  it("say what they waited for when their time is over", async () => {
    const door = gate();
    const inside = later<void>();
    const call = door.pass("slow", () => inside.promise);
    const one = door.quiet(() => {}, 1);
    const other = door.quiet(() => {}, 1);
    await expect(one).rejects.toThrow("[deadline] calls did not end within 1 ms: slow");
    await expect(other).rejects.toThrow("[deadline] ");
    const work = later<void>();
    inside.resolve();
    await call;
    const long = door.quiet(() => work.promise, 1_000);
    await expect(door.quiet(() => {}, 1)).rejects.toThrow(
      "[deadline] another pause was not over within 1 ms",
    );
    work.resolve();
    await long;
  });

  it("are given up when their time is over, and no sooner", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    try {
      const door = gate();
      void door.pass("stuck", () => new Promise(() => {}));
      const told: string[] = [];
      door.quiet(() => {}, 100).catch(({ message }) => told.push(message));
      await vi.advanceTimersByTimeAsync(99);
      expect(told).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      expect(told).toEqual(["[deadline] calls did not end within 100 ms: stuck"]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("wait however long they are told to", async () => {
    const door = gate();
    const inside = later<void>();
    const call = door.pass("slow", () => inside.promise);
    const never = door.quiet(() => "never", Number.POSITIVE_INFINITY);
    const month = door.quiet(() => "month", 30 * 24 * 3600 * 1000);
    await new Promise((resolve) => setTimeout(resolve));
    inside.resolve();
    expect(await Promise.all([call, never, month])).toEqual([undefined, "never", "month"]);
  });

  it("listen to their signal no longer than they wait", async () => {
    const door = gate();
    const inside = later<void>();
    const call = door.pass("slow", () => inside.promise);
    const { signal, abort, listeners } = counted();
    const work = later<string>();
    const one = door.quiet(() => work.promise, 1_000, signal);
    expect(listeners()).toBe(1);
    inside.resolve();
    await call;
    expect(listeners()).toBe(0);
    abort();
    work.resolve("done");
    expect(await one).toBe("done");
  });
});

describe("the end of the gate", () => {
  it("answers calls that stay inside when its time is over", async () => {
    const door = gate();
    const call = door.pass("stuck", () => new Promise(() => {}));
    const error = new PluginError("closed", "it was closed");
    expect(await door.end(error, 1)).toBe(false);
    await expect(call).rejects.toBe(error);
  });

  it("tells whether they all came out", async () => {
    const door = gate();
    const inside = later<number>();
    const call = door.pass("slow", () => inside.promise);
    const end = door.end(new PluginError("closed", "it was closed"), 1_000);
    inside.resolve(1);
    expect(await Promise.all([call, end])).toEqual([1, true]);
  });
});

describe("a call that waits", () => {
  it("is given up while it waits, and not once it is inside", async () => {
    const door = gate();
    const [first, second] = [later<void>(), later<number>()];
    const one = door.pass("a", () => first.promise);
    const { signal, abort, listeners } = counted();
    const other = door.pass("b", () => second.promise, { timeout: 1, signal });
    first.resolve();
    await one;
    expect(listeners()).toBe(0);
    abort();
    await new Promise((resolve) => setTimeout(resolve, 2));
    second.resolve(2);
    expect(await other).toBe(2);
  });
});

/** A signal that counts its listeners. */
function counted() {
  const controller = new AbortController();
  const { signal } = controller;
  let count = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    count++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    count--;
    remove(...args);
  };
  return { signal, abort: () => controller.abort(), listeners: () => count };
}
