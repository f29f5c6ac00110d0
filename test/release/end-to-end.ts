/** What a release goes through, from its publishing to its end, whatever the fabric. */
import { beforeAll, describe, expect, test } from "vitest";
import type { Fabric } from "../../host/fabric/fabric.ts";
import type { FunctionsOf } from "../../host/mod.ts";
import {
  abortRollout,
  type ControllerOptions,
  callReleases,
  changePlan,
  controlRollouts,
  type Fallback,
  hostReleases,
  mirrorIn,
  nodesIn,
  type Plan,
  pick,
  planHistory,
  planIn,
  promoteRollout,
  publish,
  type ReleaseCaller,
  type ReleaseCallerOptions,
  type ReleaseHostOptions,
  type Rollout,
  rollBack,
  rolloutIn,
  type Step,
  startRollout,
} from "../../host/release/mod.ts";
import type { Cluster } from "../fabric/conformance.ts";
import { eventually } from "../fabric/seen.ts";
import { failed } from "./failed.ts";
import { Greeter, greeter, hosts, KEYS, NAME, Skewed, Wider } from "./greeter.ts";

type Caller = ReleaseCaller<FunctionsOf<typeof Greeter>>;

/** Frequent, so that tests are quick; what is measured is counted, not timed. */
const OFTEN = { interval: 20 };

/** A cluster with what joined it, closed together. */
export class World {
  readonly cluster: Cluster;
  readonly #open: { close(): unknown }[] = [];

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  keep<T extends { close(): unknown }>(one: T): T {
    this.#open.push(one);
    return one;
  }

  join(): Promise<Fabric> {
    return this.cluster.join();
  }

  async host(options: ReleaseHostOptions = {}) {
    const host = await hostReleases(await this.join(), { load: { isolation: "none" }, ...OFTEN, ...options });
    host.on("fault", () => {});
    return this.keep(host);
  }

  async caller(options: ReleaseCallerOptions<FunctionsOf<typeof Greeter>> = {}): Promise<Caller> {
    return this.keep(await callReleases(await this.join(), Greeter, NAME, { ...OFTEN, ...options }));
  }

  async controller(options: ControllerOptions = {}) {
    const controller = await controlRollouts(await this.join(), { ...OFTEN, ...options });
    controller.on("fault", () => {});
    return this.keep(controller);
  }

  async close(): Promise<void> {
    for (const each of this.#open.splice(0).reverse()) await each.close();
    await this.cluster.close();
  }
}

/** Calls without an end, key after key. */
export class Load {
  readonly errors: unknown[] = [];
  answered = 0;
  #ended = false;
  readonly #running: Promise<unknown>;

  constructor(caller: Caller) {
    this.#running = Promise.all([0, 1, 2, 3].map((lane) => this.#run(caller, lane)));
  }

  async stop(): Promise<this> {
    this.#ended = true;
    await this.#running;
    return this;
  }

  async #run(caller: Caller, lane: number): Promise<void> {
    for (let i = lane; !this.#ended; i += 4) {
      const answer = caller.by(KEYS[i % KEYS.length]!).call.greet(i);
      await answer.then(
        () => this.answered++,
        (error) => this.errors.push(error),
      );
      // Timers have their turn, too.
      if (i % 16 === lane) await new Promise((resolve) => setTimeout(resolve));
    }
  }
}

const over = (fabric: Fabric, phase: Rollout["phase"]) =>
  eventually(async () => {
    const rollout = await rolloutIn(fabric, NAME);
    return rollout?.phase === phase && !rollout.warm && rollout;
  });
const cohort = (caller: Caller) => new Set(KEYS.filter((key) => pick(caller.plan, key) === "2.0.0"));
const errorRate = { abortOn: [{ metric: "errorRate", above: 0.05 }], minSamples: 50, interval: 20 } as const;
const ramp: Step[] = [{ weight: 10 }, { pause: true }, { weight: 50 }, { pause: true }, { weight: 100 }];

export function endToEnd(name: string, open: () => Promise<Cluster>): void {
  let modules: Record<"one" | "two" | "bad" | "skewed" | "wider", Uint8Array>;
  beforeAll(async () => {
    modules = {
      one: await greeter("good", "1.0.0"),
      two: await greeter("good", "2.0.0"),
      bad: await greeter("bad", "3.0.0"),
      skewed: await greeter("skewed", "4.0.0"),
      wider: await greeter("wider", "5.0.0"),
    };
  });

  const inWorld = (title: string, work: (world: World, fabric: Fabric) => Promise<void>) =>
    test(title, async () => {
      const world = new World(await open());
      try {
        const fabric = await world.join();
        for (const each of Object.values(modules)) await publish(fabric, each);
        await startRollout(fabric, NAME, { to: "1.0.0" });
        await work(world, fabric);
      } finally {
        await world.close();
      }
    });

  describe(`a rollout in ${name}`, () => {
    inWorld(
      "leads from 10 to 50 to 100 percent, loses no call, and lets the old version go",
      async (world, fabric) => {
        const nodes = [await world.host(), await world.host()];
        const caller = await world.caller();
        for (const node of nodes) await hosts(node, { "1.0.0": "serving" });
        await world.controller();
        const load = new Load(caller);
        await startRollout(fabric, NAME, { to: "2.0.0", steps: ramp, keep: 0 });
        const cohorts: Set<string>[] = [];
        for (const weight of [10, 50]) {
          const at = (rollout: Rollout | undefined) =>
            rollout?.phase === "paused" && rollout.weight === weight;
          await eventually(async () => at(await rolloutIn(fabric, NAME)));
          await eventually(async () => caller.plan.split[1]?.weight === weight);
          cohorts.push(cohort(caller));
          const before = caller.measures()["2.0.0"]?.calls ?? 0;
          await eventually(async () => (caller.measures()["2.0.0"]?.calls ?? 0) > before + 20);
          await promoteRollout(fabric, NAME);
        }
        await over(fabric, "promoted");
        for (const node of nodes) await hosts(node, { "1.0.0": "gone", "2.0.0": "serving" });
        const { errors, answered } = await load.stop();
        expect(errors).toEqual([]);
        expect(answered).toBeGreaterThan(100);
        const [tenth = new Set(), half = new Set()] = cohorts;
        expect(tenth.size).toBeGreaterThan(0);
        expect([...tenth].every((key) => half.has(key))).toBe(true);
        expect(half.size).toBeGreaterThan(tenth.size);
        expect(await planIn(fabric, NAME)).toMatchObject({ split: [{ version: "2.0.0", weight: 100 }] });
      },
    );

    inWorld("is aborted by itself where 30 percent of a fifth fail", async (world, fabric) => {
      const node = await world.host();
      const caller = await world.caller();
      await hosts(node, { "1.0.0": "serving" });
      await world.controller();
      const load = new Load(caller);
      const steps: Step[] = [{ weight: 20 }, { pause: 600_000 }, { weight: 100 }];
      await startRollout(fabric, NAME, { to: "3.0.0", steps, analysis: errorRate });
      const rollout = await over(fabric, "aborted");
      expect(rollout.why).toMatch(/^its error rate is \d\d(\.\d)? % of \d+ calls, and at most 5 % may be$/);
      await eventually(async () => caller.plan.split.length === 1);
      const { errors } = await load.stop();
      expect(new Set(errors.map((error) => (error as { code: string }).code))).toEqual(
        new Set(["guest-error"]),
      );
      await hosts(node, { "1.0.0": "serving", "3.0.0": "gone" });
      for (const [i, key] of KEYS.entries()) expect(await caller.by(key).call.greet(i)).toBe(`hello ${i}`);
    });

    inWorld(
      "mirrors first: is aborted where answers differ, and callers get none of it",
      async (world, fabric) => {
        for (const node of [await world.host(), await world.host()])
          await hosts(node, { "1.0.0": "serving" });
        const caller = await world.caller();
        await world.controller();
        const load = new Load(caller);
        const steps: Step[] = [{ mirror: true }, { pause: 600_000 }, { weight: 50 }];
        await startRollout(fabric, NAME, { to: "3.0.0", steps, analysis: errorRate });
        expect((await over(fabric, "aborted")).why).toMatch(
          /^as a mirror, \d+ of \d+ answers differed \(greet: its answer to call \d+\), and at most 0 % may \(differing\)$/,
        );
        await eventually(async () => (await mirrorIn(fabric, NAME)) === undefined);
        // One that answers alike goes on.
        await startRollout(fabric, NAME, {
          ...{ to: "2.0.0", keep: 0 },
          steps: [{ mirror: true }, { analysis: { ...errorRate, within: 60_000 } }, { weight: 100 }],
        });
        const { events } = await over(fabric, "promoted");
        expect(events.map(({ text }) => text).join("\n")).toMatch(
          /2.0.0 is a mirror: it runs all calls, and answers none\nas a mirror, 0 of \d+ answers differed\n2.0.0 gets 100 %; as a mirror, 0 of/,
        );
        expect((await load.stop()).errors).toEqual([]);
        expect(caller.measures()["3.0.0"]).toBeUndefined();
      },
    );

    inWorld(
      "is aborted where no node can load the version, before a call went there",
      async (world, fabric) => {
        const load = ({ version }: { version: string }) => {
          if (version === "2.0.0") throw new Error("no room");
          return { isolation: "none" } as const;
        };
        const node = await world.host({ load });
        await hosts(node, { "1.0.0": "serving" });
        const caller = await world.caller();
        await world.controller();
        await startRollout(fabric, NAME, { to: "2.0.0" });
        expect((await over(fabric, "aborted")).why).toBe("no node could load it: no room");
        await caller.call.greet(1);
        expect(Object.keys(caller.measures())).toEqual(["1.0.0"]);
      },
    );

    inWorld("to a version that its callers cannot call falls back, and is aborted", async (world, fabric) => {
      const node = await world.host();
      await hosts(node, { "1.0.0": "serving" });
      const caller = await world.caller();
      await world.controller();
      const fallbacks: Fallback[] = [];
      caller.on("fallback", (each) => fallbacks.push(each));
      const load = new Load(caller);
      await startRollout(fabric, NAME, {
        to: "4.0.0",
        steps: [{ weight: 50 }, { pause: 600_000 }],
        analysis: errorRate,
      });
      expect((await over(fabric, "aborted")).why).toContain("its error rate is 100 % of");
      expect((await load.stop()).errors).toEqual([]);
      expect(fallbacks[0]).toMatchObject({ wanted: "4.0.0", version: "1.0.0" });
    });

    inWorld("is made by several controllers as by one", async (world, fabric) => {
      await hosts(await world.host(), { "1.0.0": "serving" });
      for (let i = 0; i < 3; i++) await world.controller({ interval: 1 + i });
      const weights = [10, 20, 30, 40, 50, 60, 70, 80, 90];
      const steps = weights.flatMap((weight): Step[] => [{ weight }, { pause: 5 }]);
      await startRollout(fabric, NAME, { to: "2.0.0", steps, keep: 0 });
      await over(fabric, "promoted");
      await eventually(async () => (await planIn(fabric, NAME))!.split.length === 1);
      const plans = await planHistory(fabric, NAME);
      const shares = plans.map(({ split }) => split.find(({ version }) => version === "2.0.0")?.weight ?? 0);
      expect(shares).toEqual([0, 0, ...weights, 100]);
      expect(new Set(plans.slice(1).map(({ salt }) => salt)).size).toBe(1);
    });

    inWorld("stays where it is without a controller, and goes on with the next", async (world, fabric) => {
      await hosts(await world.host(), { "1.0.0": "serving" });
      const first = await world.controller();
      await startRollout(fabric, NAME, { to: "2.0.0", steps: ramp });
      const at10 = await eventually(async () => {
        const rollout = await rolloutIn(fabric, NAME);
        return rollout?.phase === "paused" && rollout;
      });
      await first.close();
      await promoteRollout(fabric, NAME);
      expect((await rolloutIn(fabric, NAME))!.weight).toBe(at10.weight);
      await world.controller();
      await eventually(async () => (await rolloutIn(fabric, NAME))!.weight === 50);
      await abortRollout(fabric, NAME, { why: "a test says so" });
      await eventually(async () => (await planIn(fabric, NAME))!.split.length === 1);
      expect(await rolloutIn(fabric, NAME)).toMatchObject({ phase: "aborted", why: "a test says so" });
    });

    inWorld(
      "is one at a time, ends where somebody else changes the plan, and is rolled back",
      async (world, fabric) => {
        await hosts(await world.host(), { "1.0.0": "serving" });
        await world.controller();
        expect((await failed(() => rollBack(fabric, NAME))).code).toBe("not-found");
        await startRollout(fabric, NAME, { to: "2.0.0", steps: [{ weight: 10 }, { pause: true }] });
        expect((await failed(() => startRollout(fabric, NAME, { to: "3.0.0" }))).code).toBe("busy");
        await eventually(async () => (await rolloutIn(fabric, NAME))!.phase === "paused");
        await changePlan(fabric, NAME, () => ({ "1.0.0": 100 }));
        expect((await over(fabric, "superseded")).why).toBe("somebody else changed the plan");
        expect(await planIn(fabric, NAME)).toMatchObject({ split: [{ version: "1.0.0", weight: 100 }] });
        await startRollout(fabric, NAME, { to: "2.0.0", keep: 0 });
        await over(fabric, "promoted");
        await rollBack(fabric, NAME);
        const back = await eventually(async () => {
          const rollout = await rolloutIn(fabric, NAME);
          return rollout?.phase === "promoted" && rollout.to === "1.0.0" && rollout;
        });
        expect(back.past.map((each) => `${each.to} ${each.phase}`)).toEqual([
          "1.0.0 promoted",
          "2.0.0 superseded",
          "2.0.0 promoted",
        ]);
      },
    );

    inWorld(
      "gives way to a plan: one that points at nothing falls back and says so, and its rules hold",
      async (world, fabric) => {
        const node = await world.host({
          load: ({ version }) => {
            if (version !== "1.0.0") throw new Error("not here");
            return { isolation: "none" };
          },
        });
        await hosts(node, { "1.0.0": "serving" });
        const caller = await world.caller();
        const fallbacks: Fallback[] = [];
        caller.on("fallback", (each) => fallbacks.push(each));
        const split = [
          { version: "1.0.0", weight: 0 },
          { version: "2.0.0", weight: 100 },
        ];
        const rules = [{ version: "1.0.0", keys: ["ann"] }];
        await changePlan(fabric, NAME, () => ({ split, rules }));
        await eventually(async () => caller.plan.split.length === 2);
        expect(await caller.by("ann").call.greet(1)).toBe("hello 1");
        expect(fallbacks).toEqual([]);
        expect(await caller.by("bob").call.greet(2)).toBe("hello 2");
        expect(fallbacks).toMatchObject([{ wanted: "2.0.0", version: "1.0.0" }]);
        expect(fallbacks[0]!.why).toContain("no node serves the version 2.0.0");
      },
    );
  });

  describe(`two versions that serve at once in ${name}`, () => {
    /** Both serve, and these callers know it. */
    const serve = async (
      fabric: Fabric,
      [stable, other]: [string, string],
      callers: ReleaseCaller<never>[],
    ) => {
      await changePlan(fabric, NAME, () => ({ [stable]: 50, [other]: 50 }));
      await eventually(async () =>
        callers.every(({ plan }) => String(shares(plan)) === `${stable},${other}`),
      );
      await eventually(async () => {
        const hosted = (await nodesIn(fabric)).flatMap((node) => node.hosted);
        const serving = hosted.filter(({ status }) => status === "serving").map(({ version }) => version);
        return serving.includes(stable) && serving.includes(other);
      });
    };
    const shares = ({ split }: Plan) => split.map(({ version }) => version);
    const told = (caller: ReleaseCaller<never>) => {
      const fallbacks: Fallback[] = [];
      caller.on("fallback", (each) => fallbacks.push(each));
      return fallbacks;
    };

    inWorld(
      "F41: callers of the old contract and of the new one get right answers of the version that fits, or are refused",
      async (world, fabric) => {
        await hosts(await world.host(), { "1.0.0": "serving" });
        const old = await world.caller();
        const back = told(old as never);
        const joined = await world.join();
        const refuse = (contract: typeof Wider | typeof Skewed) =>
          failed(() => callReleases(joined, contract as typeof Wider, NAME));
        // Those of a later contract are refused by the version that has all calls, before any call.
        expect(await refuse(Wider)).toMatchObject({
          code: "mismatch",
          message: expect.stringContaining("shout"),
        });
        expect(await refuse(Skewed)).toMatchObject({
          code: "mismatch",
          message: expect.stringContaining("greet"),
        });
        const ask = () => Promise.all(KEYS.map((key, i) => old.by(key).call.greet(i)));
        const right = KEYS.map((_, i) => `hello ${i}`);

        // One that can do more: the old contract fits both.
        await serve(fabric, ["1.0.0", "5.0.0"], [old as never]);
        expect(await ask()).toEqual(right);
        expect([back, Object.keys(old.measures()).sort()]).toEqual([[], ["1.0.0", "5.0.0"]]);
        // One that changed: calls for it go to the stable one.
        await serve(fabric, ["1.0.0", "4.0.0"], [old as never]);
        expect(await ask()).toEqual(right);
        const skewed = KEYS.filter((key) => pick(old.plan, key) === "4.0.0");
        expect(back.map(({ wanted, version }) => `${wanted} ${version}`)).toEqual(
          skewed.map(() => "4.0.0 1.0.0"),
        );
        expect(back[0]!.why).toContain("greet");

        // Where the later ones are stable, their callers fall back from the old one.
        await serve(fabric, ["5.0.0", "1.0.0"], [old as never]);
        const wider = world.keep(await callReleases(joined, Wider, NAME, OFTEN));
        const from = told(wider as never);
        expect(await Promise.all(KEYS.map((key, i) => wider.by(key).call.shout(i)))).toEqual(
          KEYS.map((_, i) => `HELLO ${i}`),
        );
        const first = KEYS.filter((key) => pick(wider.plan, key) === "1.0.0");
        expect(from.map(({ wanted, version }) => `${wanted} ${version}`)).toEqual(
          first.map(() => "1.0.0 5.0.0"),
        );
        expect(await ask()).toEqual(right);
        // And callers of the old one get its answers or are refused: what does not fit is not called.
        await serve(fabric, ["4.0.0", "1.0.0"], [old as never]);
        const outcomes = await Promise.all(
          KEYS.map((key, i) =>
            old
              .by(key)
              .call.greet(i)
              .catch((error) => error.code as string),
          ),
        );
        expect(outcomes).toEqual(
          KEYS.map((key, i) => (pick(old.plan, key) === "1.0.0" ? `hello ${i}` : "mismatch")),
        );
      },
    );
  });
}
