/** Programs as embedders write them: classes, strings that are thrown, promises by mistake, listeners that break. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import {
  capability,
  contract,
  type Grant,
  type GrantContext,
  load,
  log,
  type Plugin,
  type PluginError,
  wit,
} from "../../host/mod.ts";
import { deferred } from "../host/swap/fake.ts";
import { failure, guest, manifest, refused, said, wat } from "./guest.ts";
import { Granted, type Host, metrics } from "./metrics.ts";

const METRICS = "test:faults/metrics@1.0.0";
const AFTER =
  'with a store, or afterTrap: "restart", it would come back by itself; now it is not called again until it is swapped or rolled back';

/** What `metrics` says, with a factory of the test's own. */
function made(factory: (context: GrantContext) => unknown): Grant {
  return capability(
    METRICS,
    {
      look: { params: [], returns: z.uint32(), kind: "read" },
      act: { params: [z.uint32()], returns: z.uint32() },
      tell: { params: [z.string()], kind: "post" },
      attempt: { params: [z.uint32()], returns: z.uint32(), fails: true },
    },
    factory as (context: GrantContext) => Host,
  );
}

/** Rejections and errors that nothing caught, which end a process. */
const uncaught: unknown[] = [];
const keep = (error: unknown) => void uncaught.push(error);
for (const event of ["unhandledRejection", "uncaughtException"] as const) process.on(event, keep);
afterEach(async () => {
  await new Promise(setImmediate);
  expect(uncaught.splice(0)).toEqual([]);
});

describe("an implementation", () => {
  class Gauge {
    #at = 5;
    readonly step: number;
    constructor(step: number) {
      this.step = step;
    }
    look(): number {
      return this.#at;
    }
    act(by: number): number {
      this.#at += by * this.step;
      return this.#at;
    }
    tell(): void {}
    attempt(): number {
      throw new RangeError(`not at ${this.#at}`);
    }
  }

  test("may be an object of a class, whose methods know their object", async () => {
    await using plugin = await load(Granted, await guest("granted"), { grant: [made(() => new Gauge(2))] });
    expect(await plugin.call.act(1)).toBe(7);
    expect(await plugin.call.look()).toBe(7);
    expect(await plugin.call.attempt(1)).toBe("err: not at 7");
  });

  test("is made anew for each generation, also of a class", async () => {
    await using plugin = await load(Granted, await guest("granted"), { grant: [made(() => new Gauge(1))] });
    await plugin.call.act(3);
    await plugin.swap(await guest("granted", "2.0.0"));
    expect(await plugin.call.look()).toBe(5);
  });

  test.each([
    ["lacks a function", () => ({ look: () => 1 }), "made no function act"],
    ["is nothing", () => undefined, "made no function look"],
    ["is null", () => null, "made no function look"],
    ["is promised", async () => new Gauge(1), "answered a promise"],
  ])("that %s is refused before anything runs", async (_, factory, why) => {
    expect(await refused(load(Granted, await guest("granted"), { grant: [made(factory)] }))).toBe(
      `[bad-grant] counter 1.0.0: a grant could not be made for it: the factory of ${METRICS} ${why}`,
    );
  });

  test("may answer a promise that is rejected later, by mistake: it is told at once, and ends no process", async () => {
    const grant = [
      made(() => ({ ...new Gauge(1), ...IDLE, look: async () => Promise.reject(new Error("late")) })),
    ];
    await using plugin = await load(Granted, await guest("granted"), { grant });
    expect(await refused(plugin.call.look())).toBe(
      `[grant-failed] could not call counter.look: the grant ${METRICS}#look answered a promise; say async: true in its capability, or kind: "post" where it answers nothing; ${AFTER}`,
    );
  });

  test("of a function that may fail may not answer a promise either", async () => {
    const grant = [made(() => ({ ...IDLE, attempt: async () => Promise.reject(new Error("late")) }))];
    await using plugin = await load(Granted, await guest("granted"), { grant });
    expect((await failure(plugin.call.attempt(1))).code).toBe("grant-failed");
  });

  test("may answer what only looks like a promise: it is refused, and its work is not begun", async () => {
    const begun: string[] = [];
    // As query builders do: asked for its answer, it runs.
    // biome-ignore lint/suspicious/noThenProperty: that is the point
    const query = { then: () => void begun.push("then") };
    const grant = [made(() => ({ ...IDLE, act: () => query }))];
    await using plugin = await load(Granted, await guest("granted"), { grant });
    expect((await failure(plugin.call.act(1))).code).toBe("grant-failed");
    expect(begun).toEqual([]);
  });

  test("may close its own plugin from within a call: the call is answered, and then it ends", async () => {
    const order: string[] = [];
    const plugin: Plugin<typeof Granted> = await load(Granted, await guest("granted"), {
      grant: [
        made(({ signal }) => {
          signal.addEventListener("abort", () => order.push("its signal"));
          return {
            ...IDLE,
            act: (n: number) => {
              void plugin.close().then(() => order.push("closed"));
              order.push("in the grant");
              return n;
            },
          };
        }),
      ],
    });
    expect(await plugin.call.act(4)).toBe(4);
    order.push("answered");
    await plugin.close();
    expect(order).toEqual(["its signal", "in the grant", "answered", "closed"]);
  });

  const IDLE: Host = { look: () => 0, act: (step) => step, tell: () => {}, attempt: (step) => step };
});

describe("a post", () => {
  const failing: readonly (readonly [string, () => unknown])[] = [
    [
      "throws",
      () => {
        throw new Error("the sink is full");
      },
    ],
    ["is async and rejects", async () => Promise.reject(new Error("the sink is full"))],
  ];

  test.each(failing)("that %s is an event, and the plugin goes on", async (_, tell) => {
    const errors: unknown[] = [];
    await using plugin = await load(Granted, await guest("granted"), {
      grant: [metrics({ tell: tell as () => void })],
    });
    plugin.on("error", ({ error }) => errors.push(error));
    await plugin.call.tell("a line");
    expect(await plugin.call.add(2)).toBe(2);
    await new Promise(setImmediate);
    expect(errors.map(String)).toEqual(["Error: the sink is full"]);
  });

  test.each(failing)(
    "that %s at the cutover is an event, and the ones behind it are told",
    async (_, tell) => {
      const told: string[] = [];
      const errors: unknown[] = [];
      const grant = [
        metrics({
          tell: (line) => {
            told.push(line);
            return tell() as undefined;
          },
        }),
      ];
      await using plugin = await load(Granted, await guest("granted"), { grant });
      plugin.on("error", ({ error }) => errors.push(error));
      await plugin.swap(await guest("post-in-start", "2.0.0"));
      await new Promise(setImmediate);
      expect(told.length).toBeGreaterThan(1);
      expect(errors.length).toBe(told.length);
    },
  );

  test("that nothing listens for is on the console", async () => {
    const console_ = vi.spyOn(console, "error").mockImplementation(() => {});
    try {
      await using plugin = await load(Granted, await guest("granted"), {
        grant: [metrics({ tell: failing[0]![1] as () => void })],
      });
      await plugin.call.tell("a line");
      expect(console_.mock.calls[0]?.[0]).toBe("moult: the sink is full");
    } finally {
      console_.mockRestore();
    }
  });

  test("to a log whose sink throws costs a line, and no plugin", async () => {
    const sink = {
      ...console,
      info: () => {
        throw new Error("EPIPE");
      },
    };
    const errors: unknown[] = [];
    const code = await wat(
      `(import "moult:log/log@1.0.0" "write" (func $write (param i32 i32 i32))) (memory (export "memory") 1)
       (func (export "f") (result i32) (call $write (i32.const 1) (i32.const 0) (i32.const 0)) (i32.const 3))`,
      {
        manifest: manifest({
          exports: [{ name: "f", params: [], result: "u32" }],
          imports: [
            {
              interface: "moult:log/log@1.0.0",
              functions: [
                {
                  name: "write",
                  params: [
                    { name: "level", type: { enum: ["debug", "info", "warn", "error"] } },
                    { name: "message", type: "string" },
                  ],
                },
              ],
            },
          ],
        }),
      },
    );
    await using plugin = await load(code, { grant: [log(sink)] });
    plugin.on("error", ({ error }) => errors.push(error));
    expect(await plugin.call.f!()).toBe(3);
    expect(errors.map(String)).toEqual(["Error: EPIPE"]);
  });
});

describe("what is posted before the cutover", () => {
  /** Posts as many lines of as many bytes in its start. */
  const posting = (count: number, bytes: number) =>
    wat(
      `(import "${METRICS}" "tell" (func $tell (param i32 i32))) (memory (export "memory") 16)
       (func (export "moult:plugin/life@1.0.0#start") (local $i i32)
         (loop $again (if (i32.lt_u (local.get $i) (i32.const ${count})) (then
           (call $tell (i32.const 0) (i32.const ${bytes}))
           (local.set $i (i32.add (local.get $i) (i32.const 1)))
           (br $again)))))
       (func (export "f") (result i32) (i32.const 3))`,
      {
        manifest: manifest({
          version: "2.0.0",
          exports: [{ name: "f", params: [], result: "u32" }],
          imports: [
            { interface: METRICS, functions: [{ name: "tell", params: [{ name: "line", type: "string" }] }] },
          ],
        }),
      },
    );
  const grant = () => {
    const told: number[] = [];
    return { told, grant: [metrics({ tell: (line) => void told.push(line.length) })] };
  };
  const start = `[failed-start] hand 2.0.0: its start failed: ${METRICS}#tell was posted too much before the cutover: found`;

  test("goes out, as long as it is within its bounds", async () => {
    const { told, grant: grants } = grant();
    await using plugin = await load(await posting(100, 1000), { grant: grants });
    expect([told.length, await plugin.call.f!()]).toEqual([100, 3]);
  });

  test.each([
    ["many lines", 10_001, 1, {}, "10001 posts, wanted at most 10000 (the option heldPosts.count)"],
    [
      "much",
      9_000,
      262_144,
      {},
      "16778240 bytes in 32 posts, wanted at most 16777216 (the option heldPosts.bytes)",
    ],
    [
      "more lines than was said",
      4,
      1,
      { count: 3 },
      "4 posts, wanted at most 3 (the option heldPosts.count)",
    ],
    [
      "more than was said",
      4,
      1_000,
      { bytes: 5_000 },
      "6096 bytes in 3 posts, wanted at most 5000 (the option heldPosts.bytes)",
    ],
  ])("is refused where it is %s", async (_, count, bytes, heldPosts, found) => {
    const { told, grant: grants } = grant();
    expect(await refused(load(await posting(count, bytes), { grant: grants, heldPosts }))).toBe(
      `${start} ${found}`,
    );
    expect(told).toEqual([]);
  });

  test("may be anything where there is no bound", async () => {
    const { told, grant: grants } = grant();
    const heldPosts = { count: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
    await using plugin = await load(await posting(20_000, 1_000), { grant: grants, heldPosts });
    expect([told.length, plugin.generation]).toEqual([20_000, 1]);
  });

  test("has bounds that are numbers", async () => {
    expect(await refused(load(await posting(1, 1), { grant: grant().grant, heldPosts: { bytes: -1 } }))).toBe(
      "[argument] could not use heldPosts.bytes: found number -1, wanted a number from 0 up, or Infinity for any",
    );
  });
});

describe("the signal of a grant", () => {
  const listening = (listen: (signal: AbortSignal) => void) =>
    made(({ signal }) => {
      listen(signal);
      return { look: () => 0, act: () => 0, tell: () => {}, attempt: () => 0 };
    });
  const boom = () => {
    throw new Error("boom");
  };

  test.each([
    ["a function", boom],
    ["an object", { handleEvent: boom }],
    ["an async function", async () => boom()],
  ] as const)("whose listener, %s, breaks is told, and the others run", async (_, listener) => {
    const told: string[] = [];
    const grant = listening((signal) => {
      signal.addEventListener("abort", listener as EventListener);
      signal.addEventListener("abort", () => told.push("second"), { once: true });
    });
    const plugin = await load(Granted, await guest("granted"), { grant: [grant] });
    plugin.on("error", ({ error }) => told.push(String(error)));
    await plugin.close();
    await new Promise(setImmediate);
    expect(told.sort()).toEqual(["Error: boom", "second"]);
  });

  test("is a signal like any other", async () => {
    const told: string[] = [];
    let seen: AbortSignal | undefined;
    const never = () => told.push("never");
    const twice = () => told.push("once");
    const grant = listening((signal) => {
      seen = signal;
      signal.addEventListener("abort", never);
      signal.removeEventListener("abort", never);
      signal.addEventListener("abort", twice);
      signal.addEventListener("abort", twice);
      signal.onabort = never;
      signal.onabort = boom;
      AbortSignal.any([signal]).addEventListener("abort", () => told.push("any"));
    });
    const plugin = await load(Granted, await guest("granted"), { grant: [grant] });
    plugin.on("error", ({ error }) => told.push(String(error)));
    expect([seen instanceof AbortSignal, seen?.aborted, seen?.onabort]).toEqual([true, false, boom]);
    await plugin.close();
    expect(told.sort()).toEqual(["Error: boom", "any", "once"]);
    expect(seen?.aborted).toBe(true);
    expect(() => seen?.throwIfAborted()).toThrow();
  });

  test("fires when closing begins, for the version on probation and the one before", async () => {
    const fired: string[] = [];
    const looking = deferred<void>();
    const grant = listening((signal) => signal.addEventListener("abort", () => fired.push("fired")));
    const plugin = await load(Granted, await guest("granted"), { grant: [grant] });
    await plugin.swap(await guest("granted", "2.0.0"), { probation: {} });
    fired.length = 0;
    const closed = plugin.close().then(looking.resolve);
    expect(fired).toEqual(["fired", "fired"]);
    await closed;
    expect(fired).toEqual(["fired", "fired"]);
  });

  test("that a swap is refused with fires for the version that never served", async () => {
    const fired: string[] = [];
    const grant = listening((signal) => signal.addEventListener("abort", () => fired.push("fired")));
    await using plugin = await load(Granted, await guest("granted"), { grant: [grant] });
    await failure(plugin.swap(await guest("trap-in-start", "2.0.0")));
    expect(fired).toEqual([]);
    await failure(plugin.swap(await guest("effect-in-start", "2.0.0")));
    // The copy that the incumbent's state was saved from had one of its own.
    expect(fired).toEqual(["fired", "fired"]);
  });
});

describe("the name of an effect", () => {
  const naming = (names: string[]) =>
    made(({ callId }) => ({
      look: () => 0,
      act: (n: number) => {
        names.push(callId());
        return n;
      },
      tell: () => {},
      attempt: () => 0,
    }));

  test("is another one for each effect of each load of a plugin, with a store or without", async () => {
    const names: string[] = [];
    for (const afterTrap of ["fail-closed", "fail-closed", "restart"] as const) {
      await using plugin = await load(Granted, await guest("granted"), { grant: [naming(names)], afterTrap });
      for (let i = 0; i < 3; i++) await plugin.call.act(1);
      await plugin.swap(await guest("granted", "2.0.0"));
      await plugin.call.act(1);
    }
    expect(names.length).toBe(12);
    expect(new Set(names).size).toBe(12);
    for (const name of names) expect(name).toMatch(/^counter\/[0-9a-f]{32}\/\d+\/0$/);
  });
});

describe("a grant that calls another plugin", () => {
  const Located = contract("test:faults/counter@1", {
    divide: { params: [z.uint32(), z.uint32()], returns: wit.result(z.uint32(), z.string()) },
    locate: {
      params: [z.string()],
      returns: wit.result(
        z.object({ x: wit.u8(), labels: z.array(z.string()) }),
        z.object({ x: wit.u8(), labels: z.array(z.string()) }),
      ),
    },
  });

  test("and lets its error out has failed: it is not the caller's plugin that answered an error", async () => {
    await using other = await load(Located, await guest("shapes"));
    const grant = [metrics({ look: () => other.callSync.divide(7, 0) })];
    await using plugin = await load(Granted, await guest("granted"), { grant });
    const error = await failure(plugin.call.look());
    expect(said(error)).toBe(
      `[grant-failed] could not call counter.look: the grant ${METRICS}#look threw, and its type has no place for an error: [guest-error] could not call counter.divide: the plugin answered an error: nothing divides by 0; say fails: true in its capability, and the plugin gets the error as a value; ${AFTER}`,
    );
    expect(await other.call.divide(7, 7)).toBe(1);
  });

  test("and may fail gives that plugin's error as it is, or in words where it is no text", async () => {
    await using other = await load(Located, await guest("shapes"));
    const attempt = (n: number) => {
      if (n === 0) return other.callSync.divide(7, 0);
      other.callSync.locate("here");
      return 0;
    };
    await using plugin = await load(Granted, await guest("granted"), { grant: [metrics({ attempt })] });
    expect(await plugin.call.attempt(0)).toBe("err: nothing divides by 0");
    expect(await plugin.call.attempt(1)).toBe(
      'err: [guest-error] could not call counter.locate: the plugin answered an error: { x: 0, labels: ["here"] }',
    );
  });

  test("and back is told, though two plugins wait", async () => {
    await using one: Plugin<typeof Granted> = await load(Granted, await guest("granted"), {
      grant: [metrics({ look: () => two.callSync.look() })],
    });
    const told: string[] = [];
    await using two: Plugin<typeof Granted> = await load(Granted, await guest("granted"), {
      grant: [
        metrics({
          look: () => {
            try {
              return one.callSync.value();
            } catch (error) {
              told.push(said(error as PluginError));
              return 6;
            }
          },
        }),
      ],
    });
    expect(await one.call.look()).toBe(6);
    expect(told).toEqual([
      "[reentrant] could not call counter.value: a grant of the same plugin is being called, and the plugin waits for it",
    ]);
  });
});

test("errors of grants name what failed, with what was thrown as their cause", async () => {
  const thrown = { reason: "no luck" };
  const look = () => {
    throw thrown;
  };
  await using plugin = await load(Granted, await guest("granted"), { grant: [metrics({ look })] });
  const error: PluginError = await failure(plugin.call.look());
  expect(error.cause).toBeInstanceOf(Error);
  expect((error.cause as Error).cause).toBe(thrown);
  expect(said(error)).toContain(
    `the grant ${METRICS}#look threw, and its type has no place for an error: [object Object];`,
  );
});
