/** Dependents whose calls wait: the engine suspends them while their provider's answer is on its way. */
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { later } from "../../host/call/calls.ts";
import { Gate } from "../../host/call/gate.ts";
import type { Generation } from "../../host/generation/generation.ts";
import { carried } from "../../host/grant/async-context-node.ts";
import { Nesting } from "../../host/grant/nesting.ts";
import { capability, contract, load, type Plugin } from "../../host/mod.ts";
import { refused } from "../faults/guest.ts";
import { type Deferred, deferred } from "../host/swap/fake.ts";
import { guest } from "./guest.ts";

const able = "Suspending" in WebAssembly;

const step = { params: [z.uint32()], returns: z.uint32() };
/** `middle` as built from `leaf.ts`: it passes `add` on to the plugin or the grant below. */
const Adding = contract("test:dependencies/middle@1", { add: step });
const Lower = contract("test:dependencies/base@1", { add: step });

/** A plugin below, whose answers come when the test says so. */
async function slow(work: (step: number) => Promise<number>) {
  const grant = capability("test:dependencies/base@1.0.0", { add: { ...step, async: true } }, () => ({
    add: work,
  }));
  return load(Lower, await guest("leaf", { name: "base" }), { grant: [grant] });
}

test.skipIf(able)(
  "an engine that cannot suspend a guest refuses a dependent that would have to wait",
  async () => {
    const base = await load(Lower, await guest("base"));
    const grant = [await base.grant({ async: true })];
    expect(await refused(load(Adding, await guest("leaf", { name: "middle" }), { grant }))).toBe(
      "[no-suspension] could not load middle 1.0.0: test:dependencies/base@1.0.0 answers later, and this engine cannot suspend a plugin (it has no WebAssembly.Suspending)",
    );
  },
);

describe.runIf(able)("an engine that can suspend a guest", () => {
  test("lets a dependent wait for its provider, and for a swap of it", async () => {
    const answers: Deferred<number>[] = [];
    const base = await slow(() => {
      answers.push(deferred<number>());
      return answers.at(-1)!.promise;
    });
    const middle = await load(Adding, await guest("leaf", { name: "middle" }), {
      grant: [await base.grant()],
    });
    const first = base.call.add(1);
    const second = middle.call.add(2);
    const swapped = base.swap(await guest("leaf", { name: "base", version: "2.0.0" }));
    await expect.poll(() => answers.length).toBe(1);
    answers[0]!.resolve(10);
    await expect.poll(() => answers.length).toBe(2);
    answers[1]!.resolve(20);
    expect([await first, await second, (await swapped).outcome]).toEqual([10, 20, "swapped"]);
  });

  test("refuses a call back into a plugin that waits, also where it waited for its turn below", async () => {
    let middle: Plugin<{ add: typeof step }> | undefined;
    const gate = deferred<void>();
    const answers: string[] = [];
    const base = await slow(async (step) => {
      await gate.promise;
      if (step === 2) answers.push(await refused(middle!.call.add(9)));
      return step;
    });
    middle = await load(Adding, await guest("leaf", { name: "middle" }), { grant: [await base.grant()] });
    const calls = [base.call.add(1), middle.call.add(2)];
    gate.resolve();
    expect(await Promise.all(calls)).toEqual([1, 2]);
    expect(answers).toEqual([
      "[reentrant] could not call middle.add: a grant of the same plugin is being called, and the plugin waits for it",
    ]);
  });

  test("a provider whose calls would answer later does not follow one that is called at once", async () => {
    const grant = capability("test:dependencies/base@1.0.0", { add: { ...step, async: true } }, () => ({
      add: async (step) => step,
    }));
    const base = await load(Lower, await guest("base"), { grant: [grant] });
    const middle = await load(Adding, await guest("leaf", { name: "middle" }), {
      grant: [await base.grant()],
    });
    const later = await guest("leaf", { name: "base", version: "2.0.0" });
    expect(await refused(base.swap(later, { reset: true, approve: () => true }))).toBe(
      "[broken-dependency] could not swap base 1.0.0: version 2.0.0: its calls answer later, and middle 1.0.0 calls it at once; load that with a grant of { async: true }; version 1.0.0 still serves",
    );
    expect(await middle.call.add(1)).toBe(1);
  });
});

test("a call that waits for its turn stays a part of the work that made it", async () => {
  const whose = new AsyncLocalStorage<string>();
  const gate = new Gate({ plugin: "base", concurrency: 1, queue: 8 });
  const current = { calls: [() => whose.getStore()], answersLater: true } as unknown as Generation;
  const call = later(
    { name: "base", gate, nesting: new Nesting(), current },
    { key: "add", id: 0, arity: 0 },
    { bind: carried },
  );
  gate.hold(true);
  const answer = whose.run("mine", call as () => Promise<unknown>);
  whose.run("another's", () => gate.hold(false));
  expect(await answer).toBe("mine");
});
