/** Grants that answer later: refused where the engine cannot suspend a guest, and real where it can. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  capability,
  type Grant,
  type GrantContext,
  load,
  type Plugin,
  type PluginError,
  wit,
} from "../../host/mod.ts";
import { deferred } from "../host/swap/fake.ts";
import { failure, guest, manifest, refused, said, wat } from "./guest.ts";
import { Granted } from "./metrics.ts";

const able = "Suspending" in WebAssembly;

/** `look`, answered when the test says so. */
function later(
  look: () => Promise<number>,
  tell: (line: string) => void = () => {},
  looking: (context: GrantContext) => Promise<number> = look,
): Grant {
  return capability(
    "test:faults/metrics@1.0.0",
    {
      look: { params: [], returns: z.uint32(), kind: "read", async: true },
      act: { params: [z.uint32()], returns: z.uint32(), async: true },
      tell: { params: [z.string()], kind: "post" },
      attempt: { params: [z.uint32()], returns: wit.result(z.uint32(), z.string()), async: true },
    },
    (context) => ({
      look: () => looking(context),
      act: async (step) => step,
      tell,
      attempt: async (): Promise<never> => {
        throw new Error("not today");
      },
    }),
  );
}

test.skipIf(able)("an engine that cannot suspend a guest refuses a grant that answers later", async () => {
  const grant = [later(async () => 1)];
  expect(await refused(load(Granted, await guest("granted"), { grant }))).toBe(
    "[no-suspension] could not load counter 1.0.0: test:faults/metrics@1.0.0 answers later, and this engine cannot suspend a plugin (it has no WebAssembly.Suspending)",
  );
});

test("an engine that is said to have no suspension refuses, whatever it could", async () => {
  const { Suspending } = WebAssembly as { Suspending?: unknown };
  try {
    delete (WebAssembly as { Suspending?: unknown }).Suspending;
    const error = await failure(load(Granted, await guest("granted"), { grant: [later(async () => 1)] }));
    expect(error.code).toBe("no-suspension");
  } finally {
    if (Suspending) (WebAssembly as { Suspending?: unknown }).Suspending = Suspending;
  }
});

// `npx -p node@24 vitest run test/faults/suspension` runs these where the installed Node cannot; Chrome has it since 137.
describe.skipIf(!able)(
  "calls that a grant suspends (needs WebAssembly.Suspending: a late Node 24, or a newer one)",
  () => {
    test("are answered one after the other, in order", async () => {
      const gates = [deferred<number>(), deferred<number>(), deferred<number>()];
      let asked = 0;
      await using plugin = await load(Granted, await guest("granted"), {
        grant: [later(() => gates[asked++]!.promise)],
      });
      const order: string[] = [];
      const looks = gates.map((_, i) => plugin.call.look().then((n) => order.push(`look ${i}: ${n}`)));
      const added = plugin.call.add(5).then((n) => order.push(`add: ${n}`));
      expect(asked).toBe(1);
      // The last gate opens first: nobody is inside to go through it.
      for (const [i, gate] of [...gates.entries()].reverse()) gate.resolve(i + 10);
      await Promise.all([...looks, added]);
      expect(order).toEqual(["look 0: 10", "look 1: 11", "look 2: 12", "add: 5"]);
    });

    test("cannot be answered at once", async () => {
      await using plugin = await load(Granted, await guest("granted"), { grant: [later(async () => 1)] });
      expect(await refused(() => plugin.callSync.add(1))).toBe(
        "[answers-later] could not call counter.add at once: a grant of this plugin answers later; use call",
      );
      expect(await plugin.call.add(1)).toBe(1);
    });

    test("are drained by a swap, which lets others wait, in order, for the version that comes", async () => {
      const look = deferred<number>();
      await using plugin = await load(Granted, await guest("granted"), {
        grant: [later(() => look.promise)],
      });
      await plugin.call.add(1);
      const inside = plugin.call.look().then((n) => `${n} from ${plugin.version}`);
      const swapped = plugin.swap(await guest("granted", "2.0.0"));
      const waiting = [1, 2, 3].map((n) => plugin.call.add(n));
      look.resolve(7);
      expect(await inside).toBe("7 from 1.0.0");
      const record = await swapped;
      expect(record.outcome).toBe("swapped");
      expect(await Promise.all(waiting)).toEqual([2, 4, 7]);
      expect([plugin.version, await plugin.call.value()]).toEqual(["2.0.0", 7]);
    });

    test("that do not end in time make a swap give up, which names them; the incumbent goes on", async () => {
      const look = deferred<number>();
      await using plugin = await load(Granted, await guest("granted"), {
        grant: [later(() => look.promise)],
      });
      const inside = plugin.call.look();
      const swapped = failure(plugin.swap(await guest("granted", "2.0.0"), { drain: 5 }));
      const waits = plugin.call.add(3);
      const error = await swapped;
      look.resolve(7);
      expect(said(error)).toBe(
        "[deadline] could not swap counter 1.0.0: calls did not end within 5 ms: look; version 1.0.0 still serves",
      );
      expect(await Promise.all([inside, waits])).toEqual([7, 3]);
      expect(plugin.version).toBe("1.0.0");
    });

    test("that do not end in time make a rollback give up, which names them", async () => {
      const look = deferred<number>();
      await using plugin = await load(Granted, await guest("granted"), {
        grant: [later(() => look.promise)],
      });
      await plugin.swap(await guest("granted", "2.0.0"), { probation: {} });
      const inside = plugin.call.look();
      const message = await refused(plugin.rollback({ drain: 5 }));
      look.resolve(7);
      expect(message).toBe(
        "[deadline] could not roll back counter: calls did not end within 5 ms: look; version 2.0.0 still serves",
      );
      expect(await inside).toBe(7);
      await plugin.rollback();
      expect(plugin.version).toBe("1.0.0");
    });

    test("end the plugin when the grant fails later, and whoever waits is told", async () => {
      const look = deferred<number>();
      await using plugin = await load(Granted, await guest("granted"), {
        grant: [later(() => look.promise)],
      });
      const inside = failure(plugin.call.look());
      const waits = failure(plugin.call.add(1));
      look.reject(new Error("no connection"));
      const error = await inside;
      expect(said(error)).toBe(
        '[grant-failed] could not call counter.look: the grant test:faults/metrics@1.0.0#look threw, and its type has no place for an error: no connection; say fails: true in its capability, and the plugin gets the error as a value; with a store, or afterTrap: "restart", it would come back by itself; now it is not called again until it is swapped or rolled back',
      );
      expect(await waits).toBe(error);
      expect(await failure(plugin.call.value())).toBe(error);
    });

    test("are answered an error where the type has room for it", async () => {
      await using plugin = await load(Granted, await guest("granted"), { grant: [later(async () => 1)] });
      expect(await plugin.call.attempt(1)).toBe("err: not today");
    });

    test("end before the plugin does; whoever waits is told", async () => {
      const look = deferred<number>();
      const plugin = await load(Granted, await guest("granted"), { grant: [later(() => look.promise)] });
      const inside = plugin.call.look();
      const waits = failure(plugin.call.add(1));
      const closed = plugin.close();
      expect(said(await waits)).toBe("[closed] could not call counter: it was closed");
      look.resolve(4);
      expect(await inside).toBe(4);
      await closed;
    });

    test("belong to one generation each, in order, through hundreds of swaps", async () => {
      let seed = 11;
      const chance = (n: number) => {
        seed = (seed * 48_271) % 2_147_483_647;
        return seed % n;
      };
      const look = () =>
        new Promise<number>((resolve) => (chance(3) ? resolve(1) : setImmediate(resolve, 1)));
      await using plugin = await load(Granted, await guest("granted"), {
        grant: [later(look)],
        queue: 100_000,
      });
      const modules = await Promise.all(
        ["1.0.0", "2.0.0"].map(async (version) =>
          WebAssembly.compile((await guest("granted", version)) as Uint8Array<ArrayBuffer>),
        ),
      );
      const answers: Promise<number>[] = [];
      const looks: Promise<number>[] = [];
      let swaps = 0;
      let swapping: Promise<unknown> | undefined;
      while (swaps < 200) {
        if (chance(2)) looks.push(plugin.call.look());
        answers.push(plugin.call.add(1));
        if (swapping === undefined) {
          swapping = plugin.swap(modules[++swaps % 2]!).finally(() => {
            swapping = undefined;
          });
        }
        if (chance(4) === 0) await new Promise(setImmediate);
      }
      // Each call counts one: the sequence has no gap, no repetition, and no other order.
      expect(await Promise.all(answers)).toEqual(answers.map((_, i) => i + 1));
      expect(new Set(await Promise.all(looks))).toEqual(new Set([1]));
      await swapping;
      expect(plugin.history().every(({ outcome }) => outcome === "swapped")).toBe(true);
    });

    test("asked for in start are a trap with a reason: nothing waits there", async () => {
      const look = async () => 1;
      expect(
        (await refused(load(Granted, await guest("post-in-start"), { grant: [later(look)] }))).replace(
          /(look failed|start failed): .*/,
          "$1: (the engine's words)",
        ),
      ).toBe("[failed-start] counter 1.0.0: its start failed: (the engine's words)");
    });

    describe("whose grant calls its own plugin, after it has waited,", () => {
      const MESSAGE =
        "[reentrant] could not call counter.value: a grant of the same plugin is being called, and the plugin waits for it";

      test("are refused in there, at once, and the plugin goes on", async () => {
        const told: string[] = [];
        await using plugin: Plugin<typeof Granted> = await load(Granted, await guest("granted"), {
          grant: [
            later(async () => {
              await Promise.resolve();
              told.push(await refused(plugin.call.value()));
              // Whether it waits for the answer is not known, so this is refused too.
              void failure(plugin.within({ timeout: 5 }).call.value()).then((error) =>
                told.push(said(error)),
              );
              await new Promise(setImmediate);
              return 3;
            }),
          ],
        });
        const [looked, added] = [plugin.call.look(), plugin.call.add(4)];
        expect(await Promise.all([looked, added])).toEqual([3, 4]);
        expect(told).toEqual([MESSAGE, MESSAGE]);
      });

      test("are refused behind another plugin too, and made where none waits", async () => {
        const told: unknown[] = [];
        await using one: Plugin<typeof Granted> = await load(Granted, await guest("granted"), {
          grant: [later(async () => two.call.look())],
        });
        await using two = await load(Granted, await guest("granted"), {
          grant: [
            later(async () => {
              await Promise.resolve();
              told.push(await one.call.add(1).catch(said));
              return 9;
            }),
          ],
        });
        expect(await one.call.look()).toBe(9);
        expect(await two.call.look()).toBe(9);
        expect(told).toEqual([MESSAGE.replace("value", "add"), 1]);
      });

      test("are made once the grant has answered, by what it left behind", async () => {
        const made = deferred<number>();
        await using plugin: Plugin<typeof Granted> = await load(Granted, await guest("granted"), {
          grant: [
            later(async () => {
              const over = deferred();
              setImmediate(() => setImmediate(over.resolve));
              void over.promise.then(() => plugin.call.add(2)).then(made.resolve, made.reject);
              return 1;
            }),
          ],
        });
        expect(await plugin.call.look()).toBe(1);
        expect(await made.promise).toBe(2);
      });

      test("are made of a version that serves by a version that is only looked at", async () => {
        await using plugin: Plugin<typeof Granted> = await load(Granted, await guest("granted"), {
          grant: [
            later(async () => {
              await Promise.resolve();
              return plugin.version === "1.0.0" ? await plugin.call.add(1) : 0;
            }),
          ],
        });
        await plugin.swap(await guest("granted", "2.0.0"), {
          verify: async (twin) => expect(await twin.call.look()).toBe(1),
        });
        expect(await plugin.call.look()).toBe(0);
      });
    });

    test("that wait behind one are bounded where that is asked for; the one inside is not given up", async () => {
      const look = deferred<number>();
      await using plugin = await load(Granted, await guest("granted"), {
        grant: [later(() => look.promise)],
        grantTimeout: 5,
      });
      const inside = plugin.call.look();
      const [waits, patient] = [failure(plugin.call.add(1)), plugin.within({ timeout: 60_000 }).call.add(2)];
      expect(said(await waits)).toBe(
        "[deadline] could not call counter.add: another call is suspended in the grant test:faults/metrics@1.0.0#look, which did not answer within 5 ms; a grant that calls its own plugin, and waits for the answer, waits for itself; it was not called",
      );
      look.resolve(7);
      expect(await Promise.all([inside, patient])).toEqual([7, 2]);
    });

    test("whose grant waits for a snapshot of its own plugin are bounded too", async () => {
      let told = "";
      await using plugin: Plugin<typeof Granted> = await load(Granted, await guest("granted"), {
        grant: [
          later(async () => {
            told = await refused(plugin.snapshot());
            return 3;
          }),
        ],
        grantTimeout: 5,
      });
      expect(await plugin.call.look()).toBe(3);
      expect(told).toMatch(
        /^\[deadline\] could not call counter\.snapshot: another call is suspended in the grant .*#look, /,
      );
    });

    test("end when their grant listens to its signal, which fires when closing begins", async () => {
      const plugin = await load(Granted, await guest("granted"), {
        grant: [
          later(
            () => new Promise<number>(() => {}),
            () => {},
            ({ signal }) =>
              new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
          ),
        ],
      });
      const inside = failure(plugin.call.look());
      await plugin.close();
      expect((await inside).code).toBe("grant-failed");
    });

    test("that never end do not keep a plugin from its end, and reach nothing after it", async () => {
      const look = deferred<number>();
      const told: string[] = [];
      const code = await wat(
        `(import "test:faults/metrics@1.0.0" "look" (func $look (result i32)))
         (import "test:faults/metrics@1.0.0" "tell" (func $tell (param i32 i32)))
         (memory (export "memory") 1)
         (func (export "look") (result i32) (try (do (drop (call $look))) (catch_all))
           (try (do (call $tell (i32.const 0) (i32.const 0))) (catch_all)) (i32.const 1))`,
        {
          manifest: manifest({
            exports: [{ name: "look", params: [], result: "u32" }],
            imports: [
              {
                interface: "test:faults/metrics@1.0.0",
                functions: [
                  { name: "look", params: [], result: "u32" },
                  { name: "tell", params: [{ name: "line", type: "string" }] },
                ],
              },
            ],
          }),
        },
      );
      const plugin = await load(code, {
        grant: [
          later(
            () => look.promise,
            (line) => told.push(line),
          ),
        ],
      });
      const events: unknown[] = [];
      for (const event of ["trap", "error"] as const) plugin.on(event, (each) => events.push(each));
      const inside = failure(plugin.call.look!());
      await plugin.close({ drain: 5 });
      expect(said(await inside)).toBe("[closed] could not call hand: it was closed");
      look.resolve(1);
      for (let i = 0; i < 3; i++) await new Promise(setImmediate);
      expect([told, events]).toEqual([[], []]);
    });

    test("trap though the guest caught that its grant failed", async () => {
      const code = await wat(
        `(import "test:faults/metrics@1.0.0" "look" (func $look (result i32))) (memory (export "memory") 1)
         (func (export "look") (result i32) (try (result i32) (do (call $look)) (catch_all (i32.const 5))))`,
        {
          manifest: manifest({
            exports: [{ name: "look", params: [], result: "u32" }],
            imports: [
              {
                interface: "test:faults/metrics@1.0.0",
                functions: [{ name: "look", params: [], result: "u32" }],
              },
            ],
          }),
        },
      );
      await using plugin = await load(code, {
        grant: [later(async () => Promise.reject(new Error("down")))],
      });
      expect(await refused(plugin.call.look!())).toMatch(
        /^\[grant-failed\] could not call hand\.look: the grant test:faults\/metrics@1\.0\.0#look threw, .*: down; /,
      );
    });

    test("re-entered by an asynchronous grant wait for themselves, and the drain's deadline tells so", async () => {
      let again: Promise<PluginError> | undefined;
      await using plugin = await load(Granted, await guest("granted"), {
        grant: [
          later(async () => {
            await Promise.resolve();
            again = failure(plugin.swap(await guest("granted", "2.0.0"), { drain: 5 }));
            await again;
            return 3;
          }),
        ],
      });
      expect(await plugin.call.look()).toBe(3);
      expect(said(await again!)).toBe(
        "[deadline] could not swap counter 1.0.0: calls did not end within 5 ms: look; version 1.0.0 still serves",
      );
    });
  },
);
