/** Who may do what when: one swap at a time, probation, ends, traps, and listeners that break. */
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { Gate } from "../../host/call/gate.ts";
import { viewOf } from "../../host/call/view.ts";
import {
  capability,
  contract,
  type FunctionsOf,
  load,
  type PluginError,
  type Transition,
  type View,
} from "../../host/mod.ts";
import { deferred } from "../host/swap/fake.ts";
import { Counter, failure, guest, refused, said, wat } from "./guest.ts";
import { Granted, type Host, metrics } from "./metrics.ts";

const next = (n = 2) => guest("counter", `${n}.0.0`);
const AFTER = "it is not called again until it is swapped or rolled back";

describe("one swap at a time", () => {
  test("of a hundred exactly one wins, and the others are told who serves", async () => {
    await using plugin = await load(Counter, await guest("counter"));
    const source = await next();
    const asked = Array.from({ length: 100 }, () => plugin.swap(source));
    const done = await Promise.allSettled(asked);
    expect(done.filter(({ status }) => status === "fulfilled").length).toBe(1);
    for (const each of done) {
      if (each.status === "rejected") {
        expect(said(each.reason as PluginError)).toBe(
          "[busy] could not swap counter: another swap or a rollback is under way; version 1.0.0 still serves",
        );
      }
    }
    expect([plugin.generation, plugin.version]).toEqual([2, "2.0.0"]);
    expect(plugin.history().map(({ outcome }) => outcome)).toEqual(["swapped"]);
  });

  test("a refused one makes room for the next", async () => {
    await using plugin = await load(Counter, await guest("counter"));
    await failure(plugin.swap(new Uint8Array()));
    expect((await plugin.swap(await next())).outcome).toBe("swapped");
  });

  test("neither a swap nor a second rollback gets in while a rollback is under way", async () => {
    await using plugin = await load(Counter, await guest("counter"));
    const source = await next();
    await plugin.swap(source, { probation: {} });
    const [rolled, again, swapped] = [
      plugin.rollback(),
      refused(plugin.rollback()),
      refused(plugin.swap(source, { supersede: true })),
    ];
    expect(await again).toBe(
      "[busy] could not roll back counter: a swap or a rollback is under way; version 1.0.0 still serves",
    );
    expect(await swapped).toBe(
      "[busy] could not swap counter: another swap or a rollback is under way; version 1.0.0 still serves",
    );
    expect((await rolled).outcome).toBe("rolled-back");
    expect(await plugin.call.add(1)).toBe(1);
  });

  test("a rollback while a swap is under way is refused", async () => {
    await using plugin = await load(Counter, await guest("counter"));
    const swapped = plugin.swap(await next());
    expect(await refused(plugin.rollback())).toBe(
      "[busy] could not roll back counter: a swap or a rollback is under way; version 1.0.0 still serves",
    );
    await swapped;
  });
});

describe("probation", () => {
  test("keeps swaps out, unless they say that they end it", async () => {
    await using plugin = await load(Counter, await guest("counter"));
    await plugin.swap(await next(), { probation: {} });
    expect(await refused(plugin.swap(await next(3)))).toBe(
      "[probation] could not swap counter: version 2.0.0 is on probation; accept() or rollback() first, or say supersede: true; version 2.0.0 still serves",
    );
    await plugin.swap(await next(3), { supersede: true });
    expect(plugin.history().map(({ outcome, to }) => [outcome, to?.version])).toEqual([
      ["swapped", "2.0.0"],
      ["permanent", "2.0.0"],
      ["swapped", "3.0.0"],
    ]);
  });

  test("is over for good when it is accepted: nothing leads back", async () => {
    await using plugin = await load(Counter, await guest("counter"));
    expect(await refused(plugin.rollback())).toBe(
      "[not-on-probation] could not roll back counter: it is not on probation; version 1.0.0 still serves",
    );
    await plugin.swap(await next(), { probation: {} });
    plugin.accept();
    expect(plugin.accept()).toBe(undefined);
    expect(await refused(plugin.rollback())).toBe(
      "[not-on-probation] could not roll back counter: it is not on probation; version 2.0.0 still serves",
    );
  });

  test("whose incumbent had trapped has nowhere to go back to", async () => {
    await using plugin = await load(Counter, await guest("trap-in-call"));
    await failure(plugin.call.add(13));
    await plugin.swap(await next(), { reset: true, probation: {} });
    expect(await refused(plugin.rollback())).toBe(
      "[trapped] could not roll back counter: version 1.0.0 had ended before: could not call counter.add: version 1.0.0 trapped: 13 is unlucky; it is not called again until it is swapped or rolled back; version 2.0.0 still serves",
    );
    expect(await plugin.call.add(2)).toBe(2);
  });

  test("goes back by itself when the successor traps: the call that trapped is answered by the incumbent", async () => {
    await using plugin = await load(Counter, await guest("counter"));
    await plugin.call.add(1);
    await plugin.swap(await guest("trap-in-call", "2.0.0"), { probation: { calls: 2 } });
    await plugin.call.add(1);
    expect(await plugin.call.add(13)).toBe(15);
    expect([plugin.version, plugin.callSync.value()]).toEqual(["1.0.0", 15]);
    const { outcome, cause } = plugin.history().at(-1) as Transition;
    expect(outcome).toBe("rolled-back");
    expect(cause?.message.replace(/ \(\S+\)/, "")).toBe(
      "could not call counter.add: version 2.0.0 trapped: 13 is unlucky; it is not called again until it is swapped or rolled back",
    );
  });

  test("says so when a call cannot be run again, and both versions are what they were", async () => {
    await using plugin = await load(Counter, await guest("trap-in-call"));
    await plugin.call.add(1);
    await plugin.swap(await next(), { probation: {} });
    await plugin.call.add(13);
    expect((await refused(plugin.rollback())).replace(/ \(\S+\)/, "")).toBe(
      "[unreplayable] could not roll back counter: call 1 of 1 since the cutover, add, could not be run again: 13 is unlucky; version 2.0.0 still serves",
    );
    expect([plugin.version, await plugin.call.value()]).toEqual(["2.0.0", 14]);
    await plugin.rollback({ discard: true });
    expect([plugin.version, await plugin.call.value()]).toEqual(["1.0.0", 1]);
  });
});

describe("a plugin that was closed", () => {
  const closedOne = async () => {
    const plugin = await load(Counter, await guest("counter"));
    await plugin.close();
    return plugin;
  };
  const undertakings: Record<string, (plugin: Awaited<ReturnType<typeof closedOne>>) => unknown> = {
    "a view": (plugin) => plugin.as(Counter).call,
    "a call": (plugin) => plugin.call.value(),
    "a call at once": (plugin) => plugin.callSync.value(),
    "a snapshot": (plugin) => plugin.snapshot(),
    "a swap": (plugin) => plugin.swap(new Uint8Array()),
    "a rehearsal": (plugin) => plugin.swap(new Uint8Array(), { dryRun: true }),
    "a mirror": (plugin) => plugin.mirror(new Uint8Array()),
    "a rollback": (plugin) => plugin.rollback(),
  };
  test.each(Object.entries(undertakings))("answers %s that it was closed", async (_, work) => {
    const plugin = await closedOne();
    const error = await failure(async () => work(plugin));
    expect([error.code, error.message]).toEqual(["closed", expect.stringMatching(/: it was closed$/)]);
  });

  test("says so while it closes too", async () => {
    const plugin = await load(Counter, await guest("counter"));
    const closing = plugin.close();
    expect(await refused(() => void plugin.as(Counter))).toBe(
      "[closed] could not look at counter: it was closed",
    );
    await closing;
  });
});

describe("a trap in a call", () => {
  test("ends the version: every call after it, and every snapshot, is answered with it", async () => {
    await using plugin = await load(Counter, await guest("trap-in-call"));
    await plugin.call.add(4);
    const traps: unknown[] = [];
    plugin.on("trap", (event) => traps.push(event));
    const error = await failure(plugin.call.add(13));
    expect(said(error)).toBe(
      "[trapped] could not call counter.add: version 1.0.0 trapped: 13 is unlucky; it is not called again until it is swapped or rolled back",
    );
    expect(await failure(plugin.call.value())).toBe(error);
    expect(await failure(() => plugin.callSync.value())).toBe(error);
    expect(await failure(plugin.snapshot())).toBe(error);
    expect(traps).toEqual([{ plugin: "counter", generation: 1, error }]);
    expect(plugin.warnings).toEqual([]);
  });

  test("leaves nothing to swap from, but the version that comes may begin anew", async () => {
    await using plugin = await load(Counter, await guest("trap-in-call"));
    await plugin.call.add(4);
    await failure(plugin.call.add(13));
    const error = await failure(plugin.swap(await next()));
    expect(said(error)).toBe(
      "[trapped] could not swap counter 1.0.0: could not call counter.add: version 1.0.0 trapped: 13 is unlucky; it is not called again until it is swapped or rolled back; version 1.0.0 has trapped",
    );
    const verify = async (_: unknown, incumbent: Pick<typeof plugin, "call">) =>
      void (await incumbent.call.value());
    expect(said(await failure(plugin.swap(await next(), { reset: true, verify })))).toBe(
      "[failed-verify] could not swap counter 1.0.0: verify refused version 2.0.0: [failed-verify] could not call value of the incumbent: it is not called any more, and so not copied either; version 1.0.0 has trapped",
    );
    await plugin.swap(await next(), { reset: true });
    expect(await plugin.call.value()).toBe(0);
  });

  test("answers whoever waits", async () => {
    const waiting: Promise<PluginError>[] = [];
    const host: Partial<Host> = {
      look: () => {
        for (let i = 0; i < 3; i++) waiting.push(failure(plugin.snapshot()));
        throw new Error("no answer");
      },
    };
    await using plugin = await load(Granted, await guest("granted"), { grant: [metrics(host)] });
    const error = await failure(plugin.call.look());
    expect(error.code).toBe("grant-failed");
    expect(await Promise.all(waiting)).toEqual([error, error, error]);
  });
});

describe("the end", () => {
  test("is the end of everything, and told once", async () => {
    const plugin = await load(Counter, await guest("counter"));
    await plugin.swap(await next(), { probation: {} });
    let closes = 0;
    plugin.on("close", () => void closes++);
    const { value } = plugin.call;
    await Promise.all([plugin.close(), plugin.close(), plugin[Symbol.asyncDispose]()]);
    expect(closes).toBe(1);
    const closed = "[closed] could not call counter: it was closed";
    expect(await refused(value())).toBe(closed);
    expect(await refused(() => plugin.callSync.value())).toBe(closed);
    expect(await refused(plugin.snapshot())).toBe(closed);
    expect(await refused(plugin.swap(await next()))).toBe("[closed] could not swap counter: it was closed");
    expect(await refused(plugin.rollback())).toBe("[closed] could not roll back counter: it was closed");
  });

  test("answers whoever waits, lets the call inside end, and runs the stop hook after it", async () => {
    const log: string[] = [];
    const waiting: Promise<unknown>[] = [];
    const host: Partial<Host> = {
      look: () => {
        for (let i = 0; i < 3; i++)
          waiting.push(refused(plugin.snapshot()).then((message) => log.push(message)));
        waiting.push(plugin.close().then(() => log.push("closed")));
        return 7;
      },
    };
    const plugin = await load(Granted, await guest("granted"), { grant: [metrics(host)] });
    expect(plugin.callSync.look()).toBe(7);
    log.push("answered");
    await Promise.all(waiting);
    const closed = "[closed] could not call counter: it was closed";
    expect(log[0]).toBe("answered");
    expect(log.slice(1).sort()).toEqual([closed, closed, closed, "closed"]);
  });

  test("during a swap ends that too, at once", async () => {
    const plugin = await load(Counter, await guest("counter"));
    const looking = deferred();
    const swapped = failure(
      plugin.swap(await next(), {
        verify: () => {
          looking.resolve();
          return new Promise<never>(() => {});
        },
      }),
    );
    await looking.promise;
    await plugin.close();
    const error = await swapped;
    expect(said(error)).toBe("[closed] could not swap counter 1.0.0: it was closed");
    expect(error.record).toMatchObject({
      outcome: "refused",
      to: { version: "2.0.0" },
      cause: { code: "closed" },
    });
    expect(await refused(plugin.call.value())).toBe("[closed] could not call counter: it was closed");
  });

  test("on probation ends the version before too, with its stop hook", async () => {
    const errors: unknown[] = [];
    const plugin = await load(Counter, await guest("trap-in-stop"));
    plugin.on("error", ({ error }) => errors.push(error));
    await plugin.swap(await next(), { probation: {} });
    expect(errors).toEqual([]);
    await plugin.close();
    expect(errors.map(String)).toEqual([
      expect.stringMatching(/^PluginError: \[failed-stop\] could not stop counter 1\.0\.0: stop broke /),
    ]);
  });

  test("a stop hook that traps is told, and ends nothing else", async () => {
    const errors: unknown[] = [];
    const plugin = await load(Counter, await guest("trap-in-stop"));
    plugin.on("error", ({ error }) => errors.push(error));
    await plugin.swap(await next());
    expect(await plugin.call.add(1)).toBe(1);
    expect(errors.map(String)).toEqual([
      expect.stringMatching(
        /^PluginError: \[failed-stop\] could not stop counter 1\.0\.0: stop broke \(.*trap-in-stop\.ts:\d+:\d+\)$/,
      ),
    ]);
    await plugin.close();
  });
});

test("calls that wait are bounded", async () => {
  const waiting: Promise<unknown>[] = [];
  const host: Partial<Host> = {
    look: () => {
      for (let i = 0; i < 3; i++) waiting.push(plugin.snapshot().then(() => "saved", said));
      return 1;
    },
  };
  await using plugin = await load(Granted, await guest("granted"), { grant: [metrics(host)], queue: 2 });
  await plugin.call.look();
  expect(await Promise.all(waiting)).toEqual([
    "saved",
    "saved",
    "[queue-full] could not call counter.snapshot: 2 calls wait already; at most 2 may wait (queue); it was not called",
  ]);
});

test("a call at once neither waits for a swap nor overtakes who waits", async () => {
  const log: string[] = [];
  const gate = new Gate({ plugin: "fake", concurrency: 1, queue: 8 });
  const current = {
    asynchronous: false,
    calls: [() => log.push("called")],
    failed: (error: unknown) => error,
  };
  const serving = { name: "fake", gate, nesting: { depth: 0 }, current: current as never };
  const view = viewOf(contract("test:faults/fake@1", { run: { params: [] } }), serving, 0);
  const [pausing, slow] = [deferred(), deferred()];
  const message =
    "[swapping] could not call fake.run at once: a swap or other calls come first; use call, which waits";

  const quiet = gate.quiet(() => pausing.promise, 1_000);
  expect(await refused(() => view.callSync.run())).toBe(message);
  pausing.resolve();
  await quiet;
  const inside = gate.pass("slow", () => slow.promise);
  const waits = view.call.run();
  expect(await refused(() => view.callSync.run())).toBe(message);
  slow.resolve();
  await Promise.all([inside, waits]);
  view.callSync.run();
  expect(log).toEqual(["called", "called"]);
});

describe("views", () => {
  const Adder = contract("test:faults/counter@1", { add: { params: [z.uint32()], returns: z.uint32() } });
  const Looker = contract("test:faults/counter@1", { look: { params: [], returns: z.uint32() } });
  const Missing = contract("test:faults/counter@1", { missing: { params: [] } });

  test("that do not fit are refused, and leave the others as they were", async () => {
    await using plugin = await load(Adder, await guest("counter"));
    expect(await refused(() => plugin.as(Missing))).toBe(
      "[mismatch] counter 1.0.0 does not fit the contract test:faults/counter@1: missing: wanted (), found no such function",
    );
    expect(await plugin.as(Counter).call.add(2)).toBe(2);
    expect(await plugin.call.add(2)).toBe(4);
  });

  test("that a swap would break refuse it", async () => {
    await using plugin = await load(Adder, await guest("granted"), { grant: [metrics({ look: () => 9 })] });
    expect((await plugin.swap(await guest("counter", "2.0.0"))).outcome).toBe("swapped");
    await plugin.swap(await guest("granted", "3.0.0"), { approve: () => true });
    const { look } = plugin.as(Looker).call;
    expect(await refused(plugin.swap(await guest("counter", "4.0.0")))).toBe(
      "[mismatch] could not swap counter 3.0.0: counter 4.0.0 does not fit the contract test:faults/counter@1: look: wanted () -> u32, found no such function; version 3.0.0 still serves",
    );
    expect(await look()).toBe(9);
  });

  test("survive every swap, destructured or not", async () => {
    await using plugin = await load(Adder, await guest("counter"));
    const { add } = plugin.call;
    const { add: addNow } = plugin.callSync;
    const { value } = plugin.as(Counter).call;
    for (let n = 2; n < 6; n++) {
      await plugin.swap(await next(n), { probation: {} });
      await add(1);
      addNow(1);
      if (n % 2 === 0) plugin.accept();
      else await plugin.rollback();
    }
    expect(await value()).toBe(8);
  });

  test("made while a swap is under way are served by whichever version comes out of it", async () => {
    await using plugin = await load(Adder, await guest("counter"));
    let during: View<FunctionsOf<typeof Counter>> | undefined;
    await plugin.swap(await next(), {
      verify: () => {
        during = plugin.as(Counter);
      },
      probation: {},
    });
    expect(await during!.call.add(3)).toBe(3);
    expect(await during!.call.value()).toBe(3);
    await plugin.rollback({ discard: true });
    expect(await during!.call.value()).toBe(0);
    const late = plugin.swap(await next(3), {
      verify: () => {
        plugin.as(contract("test:faults/counter@1", { value: { params: [], returns: z.uint32() } }));
      },
    });
    await late;
    expect([plugin.version, await during!.call.value()]).toEqual(["3.0.0", 0]);
  });

  test("made while a swap is under way, that it would break, refuse it", async () => {
    await using plugin = await load(Adder, await guest("granted"), { grant: [metrics({ look: () => 9 })] });
    const swapped = plugin.swap(await guest("counter", "2.0.0"), { verify: () => void plugin.as(Looker) });
    expect(await refused(swapped)).toBe(
      "[mismatch] could not swap counter 1.0.0: counter 2.0.0 does not fit the contract test:faults/counter@1: look: wanted () -> u32, found no such function; version 1.0.0 still serves",
    );
    expect(await plugin.call.add(1)).toBe(1);
  });
});

describe("listeners that throw", () => {
  /** Listens to everything in a way of its own, and hears what comes of it. */
  async function told(fail: (what: string) => unknown, heard: string[]): Promise<void> {
    const plugin = await load(Counter, await guest("trap-in-call"));
    for (const event of ["transition", "trap", "close"] as const) {
      plugin.on(event, () => fail(event) as never);
      plugin.on(event, () => heard.push(event));
    }
    plugin.on("error", ({ error }) => heard.push(String(error)));
    plugin.on("error", () => fail("error") as never);
    await plugin.call.add(4);
    expect((await plugin.swap(await guest("trap-in-call", "2.0.0"))).outcome).toBe("swapped");
    expect(await plugin.call.value()).toBe(4);
    await failure(plugin.swap(new Uint8Array()));
    await failure(plugin.call.add(13));
    await plugin.close();
    await new Promise((resolve) => setImmediate(resolve));
  }

  const broken = (what: string) => new Error(`the ${what} listener broke`);
  const ways: readonly (readonly [way: string, fail: (what: string) => unknown])[] = [
    [
      "throw",
      (what) => {
        throw broken(what);
      },
    ],
    ["are rejected", (what) => Promise.reject(broken(what))],
  ];

  test.each(ways)(
    "disturb nobody when they %s: that is an event error, and one of that is on the console",
    async (_, fail) => {
      const said = vi.spyOn(console, "error").mockImplementation(() => {});
      try {
        const heard: string[] = [];
        await told(fail, heard);
        expect(heard.filter((each) => !each.startsWith("Error"))).toEqual([
          "transition",
          "transition",
          "trap",
          "close",
        ]);
        expect(heard.filter((each) => each.startsWith("Error"))).toEqual([
          "Error: the transition listener broke",
          "Error: the transition listener broke",
          "Error: the trap listener broke",
          "Error: the close listener broke",
        ]);
        expect(said.mock.calls.map(([text]) => text)).toEqual(
          new Array(4).fill("moult: the error listener broke"),
        );
      } finally {
        said.mockRestore();
      }
    },
  );

  test("stop listening when they say so", async () => {
    await using plugin = await load(Counter, await guest("counter"));
    let heard = 0;
    const stop = plugin.on("transition", () => void heard++);
    await plugin.swap(await next());
    stop();
    await plugin.swap(await next(3));
    expect(heard).toBe(1);
  });
});

test("grants end with their generation: twins, copies and refused versions too, and the one that serves last", async () => {
  let live = 0;
  const counted = capability("test:faults/metrics@1.0.0", {}, ({ signal }) => {
    live++;
    signal.addEventListener("abort", () => live--);
    return {};
  });
  const source = (trap: boolean) =>
    wat(`(memory (export "memory") 1) (func (export "_initialize") ${trap ? "unreachable" : ""})`, {
      manifest: {
        name: "hand",
        version: "1.0.0",
        strings: "utf8",
        exports: [],
        imports: [{ interface: "test:faults/metrics@1.0.0", functions: [] }],
      },
    });
  await failure(load(await source(true), { grant: [counted] }));
  expect(live).toBe(0);
  const plugin = await load(await source(false), { grant: [counted] });
  expect(live).toBe(1);
  await failure(plugin.swap(await source(true)));
  await failure(plugin.swap(await source(false), { verify: () => false }));
  expect(live).toBe(1);
  await plugin.swap(await source(false), { probation: {} });
  expect(live).toBe(2);
  await plugin.rollback();
  expect(live).toBe(1);
  await plugin.swap(await source(false));
  expect(live).toBe(1);
  await plugin.close();
  expect(live).toBe(0);
});

test("a trap's message has the place in the author's file", async () => {
  await using plugin = await load(Counter, await guest("trap-in-call"));
  const { message } = await failure(plugin.call.add(13));
  expect(message).toMatch(
    new RegExp(
      `^\\[trapped\\] could not call counter\\.add: version 1\\.0\\.0 trapped: 13 is unlucky \\(trap-in-call\\.ts:\\d+:\\d+\\); ${AFTER}$`,
    ),
  );
});

describe("what is no time and no signal", () => {
  const signals = [7, {}, new AbortController(), null];
  const times = [Number.NaN, -1, "10", null];

  test("is refused by name before anything is begun, and nothing is under way afterwards", async () => {
    await using plugin = await load(Counter, await guest("counter"));
    const next = await guest("counter", "2.0.0");
    for (const signal of signals) {
      const options = { signal: signal as never };
      for (const work of [
        plugin.swap(next, options),
        plugin.mirror(next, options),
        plugin.rollback(options),
      ]) {
        expect(await refused(work)).toMatch(
          /^\[argument\] could not use signal: found .*, wanted an AbortSignal$/,
        );
      }
    }
    for (const time of times) {
      const drain = time as number;
      for (const work of [
        plugin.swap(next, { drain }),
        plugin.mirror(next, { drain }),
        plugin.rollback({ drain }),
      ]) {
        expect(await refused(work)).toMatch(
          /^\[argument\] could not use drain: found .*, wanted milliseconds /,
        );
      }
      expect(await refused(plugin.swap(next, { timeout: drain }))).toContain(
        "[argument] could not use timeout",
      );
    }
    expect((await plugin.swap(next)).outcome).toBe("swapped");
  });

  test("is refused by `load` too, and a source that changes is let go of", async () => {
    let listeners = 0;
    const source = {
      current: () => guest("counter"),
      subscribe: () => {
        listeners++;
        return () => void listeners--;
      },
    };
    const tries: readonly (readonly [object | null, string])[] = [
      [null, "could not use the options of load: found null, wanted an object"],
      [{ queue: Number.NaN }, "could not use queue: found number NaN, wanted a number of calls from 0 up"],
      [{ follow: { backoff: -1 } }, "could not use backoff: found number -1, wanted milliseconds"],
      [{ follow: 5 }, "could not use the options of follow: found number 5"],
      [
        { afterTrap: "restrat" },
        'could not use afterTrap: found string "restrat", wanted "fail-closed", "restart"',
      ],
      [{ afterTrap: null }, "could not use afterTrap: found null"],
      [
        { afterTrap: { restart: { window: "1 min" } } },
        "could not use afterTrap.restart.window: found string",
      ],
      [{ afterTrap: { restart: { limit: -1 } } }, "could not use afterTrap.restart.limit: found number -1"],
    ];
    for (const [options, message] of tries) {
      expect(await refused(load(Counter, source, options as never))).toContain(`[argument] ${message}`);
    }
    expect(listeners).toBe(0);
  });
});
