/** The gates of dependents, while their provider pauses: deterministic, with pauses that the test ends. */
import { expect, test } from "vitest";
import { Gate } from "../../host/call/gate.ts";
import { Holding, quietIn, upwards } from "../../host/dependency/gates.ts";
import { PluginError } from "../../host/errors.ts";
import type { Dependent } from "../../host/grant/provider.ts";
import { refused } from "../faults/guest.ts";
import { deferred } from "../host/swap/fake.ts";

interface Fake extends Dependent {
  closed: boolean;
}

function fake(name: string, rank: number, above: readonly Fake[] = []): Fake {
  return {
    name,
    rank,
    order: name,
    gate: new Gate({ plugin: name, concurrency: 1, queue: 8 }),
    closed: false,
    providing: { atOnce: above },
    builds: [],
    providerOf: () => undefined,
  };
}

/** As a pause of `base`: the gates of all that stands above, then its own. */
function quiet<T>(base: Gate, above: readonly Dependent[], work: () => Promise<T>): Promise<T> {
  let next = () => base.quiet(work, 1_000);
  for (const each of upwards(above)) next = quietIn(each, next, [1_000, undefined]);
  return next();
}

const top = () => fake("top", 2);
const base = () => new Gate({ plugin: "base", concurrency: 1, queue: 8 });

test("a pause takes every gate above, the highest first, whichever plugin it begins with", () => {
  const [high, other] = [top(), fake("atop", 2)];
  const middle = fake("middle", 1, [high, other]);
  expect(upwards([middle]).map(({ name }) => name)).toEqual(["middle", "atop", "top"]);
  expect(upwards([high, middle]).map(({ name }) => name)).toEqual(["middle", "atop", "top"]);
});

test("a call of a dependent waits while its provider pauses, and none is inside when the pause begins", async () => {
  const high = top();
  const middle = fake("middle", 1, [high]);
  const gate = base();
  const [inside, work] = [deferred<string>(), deferred()];
  const seen: string[] = [];
  const first = high.gate.pass("first", () => inside.promise);
  const pause = quiet(gate, [middle], async () => {
    seen.push(`${high.gate.depth} and ${middle.gate.depth} inside`);
    await work.promise;
  });
  const second = middle.gate.pass("second", () => seen.push("second"));
  expect([seen, gate.free, middle.gate.free]).toEqual([["second"], true, true]);
  inside.resolve("done");
  expect(await first).toBe("done");
  const third = middle.gate.pass("third", () => seen.push("third"));
  expect([await second, seen, high.gate.free, middle.gate.free, gate.free]).toEqual([
    1,
    ["second", "0 and 0 inside"],
    false,
    false,
    false,
  ]);
  work.resolve();
  await Promise.all([pause, third]);
  expect(seen.at(-1)).toBe("third");
});

test("pauses of several plugins at once come one after the other, and none waits for ever", async () => {
  const high = top();
  const middle = fake("middle", 1, [high]);
  const gate = base();
  const order: string[] = [];
  const pausing = (name: string, of: Gate, above: readonly Fake[]) =>
    quiet(of, above, async () => {
      order.push(`${name} begins`);
      await Promise.resolve();
      order.push(`${name} ends`);
    });
  await Promise.all([
    pausing("middle", middle.gate, [high]),
    pausing("base", gate, [middle, high]),
    pausing("top", high.gate, []),
    pausing("base again", gate, [high, middle]),
  ]);
  const names = order.filter((_, i) => i % 2 === 0).map((text) => text.replace(" begins", ""));
  expect(order).toEqual(names.flatMap((name) => [`${name} begins`, `${name} ends`]));
  expect(names.sort()).toEqual(["base", "base again", "middle", "top"]);
});

test("a dependent whose calls do not end is named", async () => {
  const high = top();
  void high.gate.pass("find", () => new Promise(() => {}));
  const work = quietIn(high, () => base().quiet(() => "never", 0), [0, undefined]);
  expect(await refused(work())).toBe("[deadline] top, which calls it: calls did not end within 0 ms: find");
});

test("a dependent that is closed meanwhile keeps out nothing any more", async () => {
  const high = top();
  const inside = deferred();
  void high.gate.pass("find", () => inside.promise);
  const pause = quiet(base(), [high], async () => "paused");
  high.closed = true;
  const closing = high.gate.end(new PluginError("closed", "could not call top: it was closed"), 1_000);
  inside.resolve();
  expect([await pause, await closing]).toEqual(["paused", true]);
});

test("what is held is let go of, whoever has joined since", async () => {
  const [one, two] = [fake("one", 1), fake("two", 1)];
  const holding = new Holding();
  holding.hold(true, () => [one]);
  one.gate.hold(true);
  holding.hold(false, () => [one, two]);
  expect([one.gate.free, two.gate.free]).toEqual([false, true]);
  one.gate.hold(false);
  expect(one.gate.free).toBe(true);
});
