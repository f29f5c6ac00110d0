/** Publishing, hosting and calling, in a fabric in memory. */
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Fabric } from "../../host/fabric/fabric.ts";
import { capability, contract, type FunctionsOf, PluginError } from "../../host/mod.ts";
import { callFrame } from "../../host/release/frame.ts";
import {
  callReleases,
  changePlan,
  type Fallback,
  hostReleases,
  mirrorIn,
  type NodeReport,
  pick,
  planHistory,
  planIn,
  planOf,
  publish,
  type ReleaseCallerOptions,
  type ReleaseHostOptions,
  releaseOf,
  releasesOf,
} from "../../host/release/mod.ts";
import { memoryFabric } from "../../host/remote/mod.ts";
import { newKeys, sign } from "../../host/trust/mod.ts";
import { bytes, eventually, text } from "../fabric/seen.ts";
import { build } from "../kept/build.ts";
import { failed } from "./failed.ts";
import { Greeter, greeter, hosts, KEYS, NAME, Whole } from "./greeter.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});
const kept = <T extends { close(): unknown }>(one: T): T => {
  open.push(one);
  return one;
};

let one: Uint8Array;
let two: Uint8Array;
let bad: Uint8Array;
let skewed: Uint8Array;
beforeAll(async () => {
  one = await greeter("good", "1.0.0");
  two = await greeter("good", "2.0.0");
  bad = await greeter("bad", "3.0.0");
  skewed = await greeter("skewed", "4.0.0");
});

/** Quick to load; threads have a test of their own. */
const HERE: ReleaseHostOptions = { load: { isolation: "none" }, interval: 20 };
const hosting = async (fabric: Fabric, options: ReleaseHostOptions = HERE) =>
  kept(await hostReleases(fabric, options));
const calling = async (fabric: Fabric, options: ReleaseCallerOptions<FunctionsOf<typeof Greeter>> = {}) =>
  kept(await callReleases(fabric, Greeter, NAME, { interval: 20, ...options }));

/** A fabric with some versions, all calls for the first. */
async function published(...modules: Uint8Array[]): Promise<Fabric> {
  const fabric = kept(memoryFabric());
  const versions: string[] = [];
  for (const each of modules) versions.push((await publish(fabric, each)).version);
  await changePlan(fabric, NAME, () => ({ [versions[0]!]: 100 }));
  return fabric;
}

describe("a release", () => {
  test("is written once: again with the same bytes, and refused with others", async () => {
    const fabric = await published(one);
    const first = await releaseOf(fabric, NAME, "1.0.0");
    expect(first).toMatchObject({ name: NAME, version: "1.0.0", size: one.length, abi: 1 });
    expect(first!.digest).toMatch(/^sha256-/);
    expect(await fabric.blobs.get(first!.digest)).toEqual(one);
    expect(await publish(fabric, one)).toEqual(first);
    const other = await greeter("bad", "1.0.0");
    const error = await failed(() => publish(fabric, other));
    expect(error.code).toBe("integrity");
    expect(error.message).toMatch(
      /could not publish greeter 1.0.0: this version was published with the digest sha256-.{44}, and these bytes have sha256-.{44}; give them a version of their own/,
    );
    expect(await releaseOf(fabric, NAME, "1.0.0")).toEqual(first);
  });

  test("is a module of moult's, or is refused before anything is written", async () => {
    const fabric = kept(memoryFabric());
    expect((await failed(() => publish(fabric, bytes("no module")))).code).toBe("not-wasm");
    expect((await failed(() => publish(fabric, "x" as never))).code).toBe("argument");
    expect(await fabric.kv.keys("")).toEqual([]);
  });

  test("is listed with the others of its plugin", async () => {
    const fabric = await published(two, one, await greeter("good", "1.0.0-rc.1+b.c"));
    expect((await releasesOf(fabric, NAME)).map(({ version }) => version).sort()).toEqual([
      "1.0.0",
      "1.0.0-rc.1+b.c",
      "2.0.0",
    ]);
    expect(await releasesOf(fabric, "greet")).toEqual([]);
  });

  test("that says what it is not is refused by its readers", async () => {
    const fabric = await published(one);
    const { value } = (await fabric.kv.get("release.greeter.1.0.0"))!;
    const written = (change: Record<string, unknown>) =>
      fabric.kv.put(
        "release.greeter.1.0.0",
        bytes(JSON.stringify({ ...JSON.parse(text({ value })!), ...change })),
      );
    for (const [change, why] of [
      [{ version: "9.0.0" }, "it says that it is greeter 1.0.0"],
      [{ digest: "x" }, "digest: wanted a digest"],
      [{ abi: 2 }, "it is of the version 2 of the ABI"],
      [{ manifest: { name: "x" } }, "the manifest is not as the ABI wants it"],
      [{ size: -1 }, "size: "],
    ] as const) {
      await written(change);
      const error = await failed(() => releaseOf(fabric, NAME, "1.0.0"));
      expect([error.code, error.message]).toEqual(["bad-peer", expect.stringContaining(why)]);
    }
    await fabric.kv.put("release.greeter.1.0.0", bytes("{"));
    expect((await failed(() => calling(fabric))).message).toContain("it is not JSON");
  });
});

describe("a plan", () => {
  test("is changed by those who saw the last change, and has a history", async () => {
    const fabric = await published(one, two);
    const { salt } = (await planIn(fabric, NAME))!;
    const meanwhile = { "1.0.0": 90, "2.0.0": 10 };
    let tries = 0;
    await changePlan(fabric, NAME, () => {
      // Somebody else comes first.
      if (tries++ === 0)
        void fabric.kv.put("plan.greeter", bytes(JSON.stringify(planOf(meanwhile, { salt }))));
      return { "1.0.0": 80, "2.0.0": 20 };
    });
    expect(tries).toBe(2);
    const history = await planHistory(fabric, NAME);
    expect(history.map(({ split }) => split.map(({ weight }) => weight))).toEqual([
      [100],
      [90, 10],
      [80, 20],
    ]);
    expect(new Set(history.map((each) => each.salt))).toEqual(new Set([salt]));
  });

  test("names versions that were published", async () => {
    const fabric = await published(one);
    const error = await failed(() => changePlan(fabric, NAME, () => ({ "1.0.0": 90, "2.0.0": 10 })));
    expect(error.message).toBe(
      "[not-found] could not change the plan of greeter: the version 2.0.0 was not published in memory; nothing was changed",
    );
    const none = await failed(() => callReleases(fabric, Greeter, "other"));
    expect(none.message).toContain("could not call other: it has no plan in memory");
  });

  test("that cannot be read leaves nodes and callers with the last one", async () => {
    const fabric = await published(one);
    const host = await hosting(fabric);
    const caller = await calling(fabric);
    const faults: unknown[] = [];
    host.on("fault", (error) => faults.push(error));
    caller.on("fault", (error) => faults.push(error));
    await hosts(host, { "1.0.0": "serving" });
    for (const wrong of ["{}", "[", '{"salt":"s","split":[],"rules":[]}']) {
      const before = faults.length;
      await fabric.kv.put("plan.greeter", bytes(wrong));
      await eventually(async () => faults.length === before + 2);
    }
    expect(await caller.call.greet(1)).toBe("hello 1");
    await fabric.kv.delete("plan.greeter");
    expect(await caller.call.greet(2)).toBe("hello 2");
  });
});

describe("a node", () => {
  test("hosts the versions that the plan names, and callers get their share", async () => {
    const fabric = await published(one, two);
    const host = await hosting(fabric);
    const caller = await calling(fabric);
    await changePlan(fabric, NAME, () => ({ "1.0.0": 70, "2.0.0": 30 }));
    await hosts(host, { "1.0.0": "serving", "2.0.0": "serving" });
    await eventually(async () => caller.plan.split.length === 2);
    for (const [i, key] of KEYS.entries()) expect(await caller.by(key).call.greet(i)).toBe(`hello ${i}`);
    const wanted = KEYS.filter((key) => pick(caller.plan, key) === "2.0.0").length;
    expect(caller.measures()["2.0.0"]!.calls).toBe(wanted);
    expect(host.hosted.map(({ version, measured }) => [version, measured.calls])).toEqual([
      ["1.0.0", KEYS.length - wanted],
      ["2.0.0", wanted],
    ]);
  });

  test("runs each in a thread that is stopped when it never ends, and comes back", async () => {
    const fabric = await published(one);
    const host = await hosting(fabric, { load: { limits: { deadline: 200 } } });
    const caller = kept(await callReleases(fabric, Whole, NAME));
    await hosts(host, { "1.0.0": "serving" });
    expect((await failed(() => caller.call.forever())).code).toBe("out-of-time");
    expect(await caller.call.greet(1)).toBe("hello 1");
    expect(caller.measures()["1.0.0"]!.errors).toEqual({ "out-of-time": 1 });
  });

  test("reports itself, and is gone when it is closed", async () => {
    const fabric = await published(one);
    const host = await hosting(fabric);
    await hosts(host, { "1.0.0": "serving" });
    const report = await eventually(async () => {
      const entry = await fabric.kv.get(`now.node.${host.node}`);
      const found = entry && (JSON.parse(text(entry)!) as NodeReport);
      return found?.hosted[0]?.status === "serving" && found;
    });
    expect(report).toMatchObject({ node: host.node, plans: { greeter: expect.any(Number) } });
    await host.close();
    expect(await fabric.kv.keys("now.node.")).toEqual([]);
    const caller = await calling(fabric, { timeout: 300 });
    expect((await failed(() => caller.call.greet(1))).message).toBe(
      "[unavailable] could not call greeter.greet: no node serves the version 1.0.0 in memory; it was not called",
    );
  });

  test("lets a version go when its callers know, and answers what was under way", async () => {
    const fabric = await published(one, two);
    const host = await hosting(fabric, { ...HERE, grace: 60_000 });
    await changePlan(fabric, NAME, () => ({ "1.0.0": 50, "2.0.0": 50 }));
    await hosts(host, { "1.0.0": "serving", "2.0.0": "serving" });
    // One that does not know keeps it.
    const report = { caller: "late", at: 0, interval: 60_000, revision: 1, versions: {} };
    await fabric.kv.put("now.caller.greeter.late", bytes(JSON.stringify(report)));
    const caller = await calling(fabric);
    await changePlan(fabric, NAME, () => ({ "2.0.0": 100 }));
    await eventually(async () => caller.plan.split.length === 1);
    expect(await caller.by("a", { version: "1.0.0" }).call.greet(1)).toBe("hello 1");
    const { revision } = caller.plan;
    await fabric.kv.put("now.caller.greeter.late", bytes(JSON.stringify({ ...report, revision })));
    await hosts(host, { "1.0.0": "gone", "2.0.0": "serving" });
    expect((await failed(() => caller.by("a", { version: "1.0.0" }).call.greet(1))).code).toBe("unavailable");
  });

  test("keeps a version that the plan names again before it had to go", async () => {
    const fabric = await published(one, two);
    const host = await hosting(fabric, { ...HERE, grace: 60_000 });
    await hosts(host, { "1.0.0": "serving" });
    const late = { caller: "late", at: 0, interval: 60_000, revision: 1, versions: {} };
    await fabric.kv.put("now.caller.greeter.late", bytes(JSON.stringify(late)));
    await changePlan(fabric, NAME, () => ({ "2.0.0": 100 }));
    await hosts(host, { "1.0.0": "serving", "2.0.0": "serving" });
    await changePlan(fabric, NAME, () => ({ "1.0.0": 100 }));
    await fabric.kv.delete("now.caller.greeter.late");
    await hosts(host, { "1.0.0": "serving", "2.0.0": "gone" });
  });

  test("refuses bytes with another digest, and says so", async () => {
    const fabric = await published(one, two);
    const [first, second] = [await releaseOf(fabric, NAME, "1.0.0"), await releaseOf(fabric, NAME, "2.0.0")];
    // Whoever can write records and blobs gives the bytes of another module to a digest.
    const lying: Fabric = {
      ...fabric,
      kv: fabric.kv,
      serve: fabric.serve.bind(fabric),
      blobs: {
        ...fabric.blobs,
        get: (digest) => fabric.blobs.get(digest === first!.digest ? second!.digest : digest),
      },
    };
    const host = await hosting(lying);
    const faults: unknown[] = [];
    host.on("fault", (error) => faults.push(error));
    await hosts(host, { "1.0.0": "failed" });
    expect(host.hosted[0]!.why).toContain("[integrity] could not load");
  });

  test("loads what is signed by those whom it trusts, and nothing else", async () => {
    const [own, other] = [await newKeys(), await newKeys()];
    const fabric = await published(
      await sign(one, { key: own.privateKey }),
      await sign(two, { key: other.privateKey }),
      bad,
    );
    await changePlan(fabric, NAME, () => ({ "1.0.0": 100, "2.0.0": 0, "3.0.0": 0 }));
    const host = await hosting(fabric, { load: { isolation: "none", trust: { keys: [own.publicKey] } } });
    host.on("fault", () => {});
    await hosts(host, { "1.0.0": "serving", "2.0.0": "failed", "3.0.0": "failed" });
    expect(host.hosted.map(({ why }) => why?.slice(0, 24))).toEqual([
      undefined,
      expect.stringContaining("[untrusted]"),
      expect.stringContaining("[untrusted]"),
    ]);
  });

  test("answers hostile frames with problems, and goes on", async () => {
    const fabric = await published(one);
    const host = await hosting(fabric);
    await hosts(host, { "1.0.0": "serving" });
    const sent = async (frame: Uint8Array) =>
      text(await fabric.call("call.greeter.1.0.0", { bytes: frame }, { timeout: 1_000 }))!;
    for (const [frame, code] of [
      [new Uint8Array(), "bad-peer"],
      [Uint8Array.of(2, 0, 0), "bad-peer"],
      [Uint8Array.of(1, 255, 255), "bad-peer"],
      [Uint8Array.of(1, 1, 0, 10), "bad-peer"],
      [callFrame("greet", new Uint8Array()), "argument"],
      [callFrame("greet", new Uint8Array(3)), "argument"],
      [callFrame("nothing", new Uint8Array(4)), "mismatch"],
      [callFrame("constructor", new Uint8Array(4)), "mismatch"],
      [callFrame("x".repeat(300), new Uint8Array(4)), "bad-peer"],
    ] as const)
      expect(await sent(frame)).toContain(`"title":"${code}"`);
    const caller = await calling(fabric);
    expect(await caller.call.greet(1)).toBe("hello 1");
  });
});

describe("a mirror", () => {
  const account = async (file: string, version: string) => {
    const url = new URL(`../guests/probation/${file}.ts`, import.meta.url);
    return (await build(url, { optimize: "debug", sourceMap: false, version })).wasm;
  };
  const Account = contract("test:bank/account@1", {
    add: { params: [z.uint32()], returns: z.uint64() },
    book: { params: [z.uint32()], returns: z.uint32() },
    addAll: { params: [z.array(z.uint32())], returns: z.uint64() },
  });

  test("begins with the state, makes no effect again, and is counted by its node", async () => {
    const booked: number[] = [];
    let notes = 0;
    const ledger = capability(
      "test:bank/ledger@1",
      {
        rate: { params: [], returns: z.uint32(), kind: "read" },
        book: { params: [z.uint32()], returns: z.uint32() },
        note: { params: [z.string()], kind: "post" },
      },
      () => ({ rate: () => 1, book: (amount) => booked.push(amount), note: () => void notes++ }),
    );
    const fabric = kept(memoryFabric());
    const { name } = await publish(fabric, await account("v1", "1.0.0"));
    await publish(fabric, await account("differs", "2.0.0"));
    await publish(fabric, await account("traps", "3.0.0"));
    await changePlan(fabric, name, () => ({ "1.0.0": 100 }));
    const host = await hosting(fabric, { load: { isolation: "none", grant: [ledger] }, interval: 20 });
    host.on("fault", () => {});
    await hosts(host, { "1.0.0": "serving" });
    const caller = kept(await callReleases(fabric, Account, name, { interval: 20 }));
    const add = (amount: number) => caller.call.add(amount);
    expect(await add(10)).toBe(10n);
    const look = async (mirror: string) => {
      const split = [
        { version: "1.0.0", weight: 100 },
        { version: mirror, weight: 0 },
      ];
      await changePlan(fabric, name, () => ({ split, mirror }));
      // Its state is copied between two calls, so that it may begin with any of these.
      await eventually(async () => {
        await caller.call.addAll([]);
        return ((await mirrorIn(fabric, name))?.compared ?? 0) > 0;
      });
    };
    await look("2.0.0");
    expect(await caller.call.book(5)).toBe(1);
    expect(await add(1)).toBe(16n);
    expect([booked, notes]).toEqual([[5], 2]);
    await eventually(async () => ((await mirrorIn(fabric, name))?.differing ?? 0) > 0);
    expect((await mirrorIn(fabric, name))!.examples[0]).toMatch(/^add-all: its answer to call \d+$/);
    await look("3.0.0");
    expect(await add(13)).toBe(29n);
    const failing = await eventually(async () => {
      const found = await mirrorIn(fabric, name);
      return found && found.failed > 0 && found;
    });
    expect(failing.examples.at(-1)).toContain("add: ");
    expect(Object.keys(caller.measures())).toEqual(["1.0.0"]);
    await changePlan(fabric, name, () => ({ "1.0.0": 100 }));
    await eventually(async () => host.hosted.every(({ mirror }) => mirror === undefined));
  });

  test("is a version of the plan, and not the stable one", async () => {
    const fabric = await published(one, two);
    const plan = (mirror: string) =>
      changePlan(fabric, NAME, () => ({ split: [{ version: "1.0.0", weight: 100 }], mirror }));
    expect((await failed(() => plan("1.0.0"))).message).toContain("the mirror 1.0.0 is the stable version");
    expect((await failed(() => plan("2.0.0"))).message).toContain(
      "the mirror 2.0.0 is not in the split; give it a weight of 0",
    );
  });
});

describe("a caller", () => {
  test("falls back to stable where a version is served nowhere, and says so", async () => {
    const fabric = await published(one, two);
    const host = await hosting(fabric);
    const caller = await calling(fabric);
    await hosts(host, { "1.0.0": "serving" });
    // The only node stops listening to plans, as one that cannot load the new version does.
    await fabric.kv.put("release.greeter.2.0.0", bytes("{}"));
    const plan = {
      salt: "s",
      split: [
        { version: "1.0.0", weight: 0 },
        { version: "2.0.0", weight: 100 },
      ],
      rules: [],
    };
    host.on("fault", () => {});
    await fabric.kv.put("plan.greeter", bytes(JSON.stringify(plan)));
    await eventually(async () => caller.plan.split.length === 2);
    const fallbacks: Fallback[] = [];
    caller.on("fallback", (each) => fallbacks.push(each));
    expect(await caller.by("ann").call.greet(7)).toBe("hello 7");
    expect(fallbacks).toEqual([
      { wanted: "2.0.0", version: "1.0.0", why: expect.stringContaining("could not read") },
    ]);
    expect(caller.measures()["2.0.0"]!.errors).toEqual({ "bad-peer": 1 });
    const forced = await failed(() => caller.by("ann", { version: "2.0.0" }).call.greet(7));
    expect(forced.code).toBe("bad-peer");
  });

  test("holds its contract against every version before it calls it", async () => {
    const fabric = await published(one, skewed);
    const host = await hosting(fabric);
    const caller = await calling(fabric);
    await changePlan(fabric, NAME, () => ({ "1.0.0": 0, "4.0.0": 100 }));
    await hosts(host, { "1.0.0": "serving", "4.0.0": "serving" });
    await eventually(async () => caller.plan.split.length === 2);
    const fallbacks: Fallback[] = [];
    caller.on("fallback", (each) => fallbacks.push(each));
    expect(await caller.call.greet(7)).toBe("hello 7");
    expect(fallbacks[0]!.why).toContain(
      "greeter 4.0.0 does not fit the contract test:release/greeter@1: greet",
    );
    const other = await published(skewed);
    const error = await failed(() => calling(other));
    expect(error.code).toBe("mismatch");
  });

  test("gets the errors of the plugin, with code, message and payload", async () => {
    const fabric = await published(bad);
    const host = await hosting(fabric);
    await hosts(host, { "3.0.0": "serving" });
    const caller = await calling(fabric);
    const error = await failed(() => caller.call.greet(1));
    expect([error.code, error.payload]).toEqual(["guest-error", "I do not greet you"]);
    expect(error.message).toContain(
      "could not call greeter.greet: the plugin answered an error: I do not greet you",
    );
    const misfit = await failed(() => caller.call.greet("x" as never));
    expect(misfit.message).toMatch(/could not call greeter.greet: .*; it was not called/);
  });

  test("has a deadline for every call, and an answer of any number of messages", async () => {
    const fabric = kept(memoryFabric({ maxMessageBytes: 20_000 }));
    await publish(fabric, one);
    await changePlan(fabric, NAME, () => ({ "1.0.0": 100 }));
    const host = await hosting(fabric, { interval: 20, load: { limits: { deadline: 60_000 } }, drain: 0 });
    await hosts(host, { "1.0.0": "serving" });
    const caller = kept(await callReleases(fabric, Whole, NAME, { timeout: 300 }));
    expect(await caller.call.long(30_000)).toBe("x".repeat(30_000));
    const late = await failed(() => caller.call.forever());
    expect(late.message).toBe(
      "[deadline] could not call greeter.forever: the version 1.0.0 did not answer within 300 ms (timeout); it may have been called",
    );
  });

  test("waits for a node that is just coming, and calls nothing twice", async () => {
    const fabric = await published(one);
    const caller = await calling(fabric);
    const answer = caller.call.greet(1);
    const host = await hosting(fabric);
    expect(await answer).toBe("hello 1");
    expect(host.hosted[0]!.measured.calls).toBe(1);
  });

  test("chooses anew where the version went while the call was on its way", async () => {
    const fabric = await published(one, two);
    const host = await hosting(fabric);
    await hosts(host, { "1.0.0": "serving" });
    let gone: Promise<unknown> | undefined;
    // A way that is so long that all callers know the next plan before the call is there.
    const slow: Fabric = {
      ...fabric,
      kv: fabric.kv,
      serve: fabric.serve.bind(fabric),
      call: async (...given) => {
        gone ??= changePlan(fabric, NAME, () => ({ "2.0.0": 100 })).then(() =>
          hosts(host, { "1.0.0": "gone", "2.0.0": "serving" }),
        );
        await gone;
        return fabric.call(...given);
      },
    };
    const caller = await calling(slow);
    expect(await caller.by("ann").call.greet(1)).toBe("hello 1");
    expect(host.hosted.map(({ version, measured }) => [version, measured.calls])).toEqual([["2.0.0", 1]]);
    // Who asks for a version by its name gets that one or none.
    const error = await failed(() => caller.by("ann", { version: "1.0.0" }).call.greet(1));
    expect(error.message).toContain("no node serves the version 1.0.0");
  });

  test("calls again only what may be called twice, and what nothing had", async () => {
    const fabric = await published(one);
    const host = await hosting(fabric);
    await hosts(host, { "1.0.0": "serving" });
    let sent = 0;
    // An engine that loses every second answer.
    const losing: Fabric = {
      ...fabric,
      kv: fabric.kv,
      serve: fabric.serve.bind(fabric),
      call: async (...given) => {
        const answer = await fabric.call(...given);
        if (sent++ % 2 === 0) throw new PluginError("deadline", "could not call it: no answer came");
        return answer;
      },
    };
    const careful = await calling(losing);
    expect((await failed(() => careful.call.greet(1))).code).toBe("deadline");
    expect(sent).toBe(1);
    sent = 0;
    const again = await calling(losing, { idempotent: ["greet"] });
    expect(await again.call.greet(1)).toBe("hello 1");
    expect(sent).toBe(2);
    expect((await failed(() => calling(fabric, { idempotent: ["nothing"] as never }))).code).toBe("argument");
  });

  test("reports what its calls came to, and by which plan", async () => {
    const fabric = await published(one);
    const host = await hosting(fabric);
    await hosts(host, { "1.0.0": "serving" });
    const caller = await calling(fabric);
    await caller.call.greet(1);
    const report = await eventually(async () => {
      const [key] = await fabric.kv.keys("now.caller.greeter.");
      const found = JSON.parse(text(await fabric.kv.get(key!))!);
      return found.versions["1.0.0"]?.calls === 1 && found;
    });
    expect(report).toMatchObject({ revision: caller.plan.revision, versions: { "1.0.0": { errors: {} } } });
    await caller.close();
    expect(await fabric.kv.keys("now.caller.")).toEqual([]);
    expect((await failed(() => caller.call.greet(1))).code).toBe("closed");
  });
});
