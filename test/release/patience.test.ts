/** One call's own time, and signals that give a call up: of releases, of keyed instances, and of a split. */
import { afterEach, describe, expect, test } from "vitest";
import type { Fabric } from "../../host/fabric/fabric.ts";
import { callKeyed, hostKeyed } from "../../host/keyed/mod.ts";
import { load } from "../../host/mod.ts";
import { callReleases, changePlan, hostReleases, publish, split } from "../../host/release/mod.ts";
import { connect, http, memoryFabric, serve } from "../../host/remote/mod.ts";
import { failure } from "../faults/guest.ts";
import { Granted, held } from "../faults/held.ts";
import { versions } from "../versions.ts";
import { hosts } from "./greeter.ts";

const faults = versions(new URL("../guests/faults/", import.meta.url));
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});
const kept = <T extends { close(): unknown }>(one: T): T => {
  open.push(one);
  return one;
};

async function published(): Promise<{ readonly fabric: Fabric; readonly name: string }> {
  const fabric = kept(memoryFabric());
  const { name, version } = await publish(fabric, await faults("granted"));
  await changePlan(fabric, name, () => ({ [version]: 100 }));
  return { fabric, name };
}

/** Milliseconds in which a call that waits is given up. */
const SOON = 30;
const told = (error: { readonly code?: string; readonly message: string }) => [error.code, error.message];

describe("a call of a release", () => {
  test("has a time and a signal of its own, and is not made where it still waited", async () => {
    const { fabric, name } = await published();
    const { metrics, acted, release } = held();
    const load = { isolation: "worker", grant: [metrics] } as const;
    await hosts(kept(await hostReleases(fabric, { interval: 20, load })), { "1.0.0": "serving" });
    const caller = kept(await callReleases(fabric, Granted, name, { interval: 20, idempotent: ["act"] }));
    const first = caller.call.look();
    const left = new AbortController();
    const late = await failure(caller.by("ann", { timeout: SOON }).call.act(1));
    expect(told(late)).toEqual([
      "deadline",
      expect.stringMatching(
        /could not call counter\.act: .* did not answer within 30 ms \(timeout\); it may have/,
      ),
    ]);
    const given = failure(caller.by("ann", { signal: left.signal }).call.act(2));
    left.abort();
    expect(told(await given)).toEqual([
      "aborted",
      "[aborted] could not call counter.act: its caller gave up; it may have been called",
    ]);
    const never = await failure(caller.by("ann", { signal: left.signal }).call.act(3));
    expect(never.message).toBe("[aborted] could not call counter.act: its caller gave up; it was not called");
    release();
    expect(await first).toBe(7);
    expect(await caller.by("ann", { timeout: Number.POSITIVE_INFINITY }).call.act(4)).toBe(4);
    expect(acted).toEqual([4]);
    // A version is not charged with those who gave up.
    expect(Object.values(caller.measures())).toMatchObject([{ calls: 3, errors: { deadline: 1 } }]);
  });

  test.each([{ timeout: -1 }, { timeout: "1" }, { signal: "soon" }])(
    "is not made with %o",
    async (choice) => {
      const { fabric, name } = await published();
      const caller = kept(await callReleases(fabric, Granted, name));
      expect(() => caller.by("ann", choice as never)).toThrow("[argument]");
      const keyed = kept(await callKeyed(fabric, Granted, name));
      expect(() => keyed.of("ann", choice as never)).toThrow("[argument]");
    },
  );
});

test("a call of a keyed instance has a time and a signal of its own", async () => {
  const { fabric, name } = await published();
  const { metrics, release } = held();
  const load = { isolation: "worker", grant: [metrics] } as const;
  kept(await hostKeyed(fabric, name, { interval: 500, load }));
  const caller = kept(await callKeyed(fabric, Granted, name));
  // Its instance is there.
  expect(await caller.of("ann").call.act(1)).toBe(1);
  const first = caller.of("ann").call.look();
  const late = await failure(caller.of("ann", { timeout: SOON }).call.act(2));
  expect(told(late)).toEqual([
    "deadline",
    expect.stringMatching(
      /counter\.act for "ann": its node did not answer within 30 ms \(timeout\); it may have/,
    ),
  ]);
  const left = new AbortController();
  const given = failure(caller.of("ann", { signal: left.signal }).call.act(3));
  left.abort();
  expect(told(await given)).toEqual([
    "aborted",
    expect.stringMatching(/its caller gave up; it may have been called$/),
  ]);
  const never = await failure(caller.of("ann", { signal: left.signal }).call.act(4));
  expect(never.message).toMatch(/^\[aborted\] .* its caller gave up; it was not called$/);
  release();
  expect(await first).toBe(7);
});

test("a call of a split has a time and a signal of its own, at a near version and at a far one", async () => {
  const { metrics, acted, release } = held();
  const near = kept(await load(Granted, await faults("granted"), { isolation: "worker", grant: [metrics] }));
  const far = kept(await connect(Granted, kept(await serve(near as never, http())).url));
  const both = split(Granted, { near: 50, far: 50 }, { near, far, odd: { call: near.call } });
  const first = near.call.look();
  while (near.status.inside === 0) await new Promise(setImmediate);
  for (const version of ["near", "far"]) {
    const late = await failure(both.by("ann", { version, timeout: SOON }).call.act(1));
    expect(late.code).toBe("deadline");
    const left = new AbortController();
    const given = failure(both.by("ann", { version, signal: left.signal }).call.act(2));
    left.abort();
    expect((await given).code).toBe("aborted");
  }
  while (near.status.waiting > 0) await new Promise(setImmediate);
  release();
  expect(await first).toBe(7);
  expect(await both.by("ann", { timeout: 10_000 }).call.act(3)).toBe(3);
  expect(acted).toEqual([3]);
  const odd = await failure(both.by("ann", { version: "odd", timeout: 10_000 }).call.act(4));
  expect(odd.message).toMatch(/^\[argument\] .*its version odd has no within; leave out timeout and signal$/);
  expect(both.measures().near?.errors).toMatchObject({ deadline: 1 });
  expect(both.measures().near?.errors).not.toHaveProperty("aborted");
});
