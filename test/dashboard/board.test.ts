/** A dashboard of a fabric and of a split, without a browser: what it tells, and to whom. */
import { afterEach, expect, test } from "vitest";
import type { BoardLive } from "../../host/dashboard/board.ts";
import { serveDashboard } from "../../host/dashboard/mod.ts";
import { load } from "../../host/mod.ts";
import {
  callReleases,
  controlRollouts,
  hostReleases,
  publish,
  rolloutIn,
  split,
  startRollout,
} from "../../host/release/mod.ts";
import { type Fabric, type HttpOptions, http, memoryFabric, VERBS } from "../../host/remote/mod.ts";
import { eventually } from "../fabric/seen.ts";
import { Greeter, greeter, NAME } from "../release/greeter.ts";

const OPERATOR = { token: "operator-0123456789abcdef", verbs: VERBS };
const VIEWER = { token: "viewer-0123456789abcdef", verbs: ["status", "history"] } as const;
const OFTEN = { interval: 20 };

const open: { close(): unknown }[] = [];
const keep = <T extends { close(): unknown }>(one: T): T => {
  open.push(one);
  return one;
};
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function cluster(): Promise<Fabric> {
  const fabric = keep(memoryFabric());
  const host = keep(await hostReleases(fabric, { load: { isolation: "none" }, ...OFTEN }));
  host.on("fault", () => {});
  keep(await controlRollouts(fabric, OFTEN));
  for (const [kind, version] of [
    ["good", "1.0.0"],
    ["good", "2.0.0"],
    ["bad", "3.0.0"],
  ] as const)
    await publish(fabric, await greeter(kind, version));
  await startRollout(fabric, NAME, { to: "1.0.0" });
  return fabric;
}

async function shown(fabric: Parameters<typeof serveDashboard>[0], options: HttpOptions = {}, isOpen = true) {
  const { url } = keep(await serveDashboard(fabric, http(options), { open: isOpen }));
  const asked = async (path: string, token?: string, body?: object) => {
    const headers = {
      "content-type": "application/json",
      ...(token && { authorization: `Bearer ${token}` }),
    };
    const init = body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers };
    const answer = await fetch(`${url}${path}`, init);
    return { status: answer.status, json: await answer.json().catch(() => undefined) };
  };
  const live = async (query = ""): Promise<BoardLive> => (await asked(`live${query}`)).json;
  return { url, asked, live };
}

test("it tells shares, rollout, calls and nodes, as they are", async () => {
  const fabric = await cluster();
  const { live } = await shown(fabric);
  expect((await live()).plugin).toMatchObject({ name: NAME, order: ["1.0.0"], versions: [], samples: [] });
  const caller = keep(await callReleases(fabric, Greeter, NAME, OFTEN));
  await eventually(async () => (await live()).plugin?.callers === 1);
  const steps = [{ weight: 50 }, { pause: true }] as const;
  const analysis = { abortOn: [{ metric: "errorRate", above: 0.5 }], minSamples: 5 } as const;
  await startRollout(fabric, NAME, { to: "2.0.0", steps, analysis });
  await eventually(async () => (await rolloutIn(fabric, NAME))?.phase === "paused");
  await eventually(async () => caller.plan.split[1]?.weight === 50);
  // What comes in the second in which somebody looked first is in no sample: it is not a whole one.
  await eventually(async () => (await live()).plugin!.samples.length > 0);
  for (let i = 0; i < 60; i++) await caller.by(`user-${i}`).call.greet(i);
  const found = await eventually(async () => {
    const { plugin, ...rest } = await live();
    const counted = plugin?.versions.reduce((sum, { calls }) => sum + calls, 0);
    return counted === 60 && plugin?.judged?.outcome === "success" && { plugin, ...rest };
  });
  expect(found.plugins).toMatchObject([{ name: NAME, phase: "paused" }]);
  expect(found.nodes).toEqual({ live: 1, gone: 0 });
  expect(found.plugin).toMatchObject({
    order: ["1.0.0", "2.0.0"],
    rollout: { from: "1.0.0", to: "2.0.0", weight: 50 },
    judged: { why: expect.stringMatching(/^its error rate is 0 % of \d+ calls$/) },
    more: 0,
  });
  expect(found.plugin.shares.map(({ split }) => split.map(({ weight }) => weight))).toEqual([
    [100],
    [100, 0],
    [50, 50],
  ]);
  expect(found.plugin.shares[0]!.at).toBe(0);
  expect(found.plugin.nodes).toMatchObject([
    {
      gone: false,
      hosted: [
        { version: "1.0.0", status: "serving" },
        { version: "2.0.0", status: "serving" },
      ],
    },
  ]);
  const sampled = await eventually(async () => {
    const { samples } = (await live()).plugin!;
    const sum = samples.flatMap(({ parts }) => parts).reduce((all, { calls }) => all + calls, 0);
    return Math.abs(sum - 60) < 1e-6 && samples;
  });
  const last = sampled.at(-1)!.to;
  const later = await live(`?plugin=${NAME}&since=${last}`);
  expect(later.plugin!.samples.every(({ to }) => to > last)).toBe(true);
});

test("it tells what a mirror comes to, by what the nodes report of it", async () => {
  const fabric = await cluster();
  const { live } = await shown(fabric);
  const caller = keep(await callReleases(fabric, Greeter, NAME, OFTEN));
  const analysis = { abortOn: [{ metric: "differing", above: 0 }], minSamples: 5 } as const;
  await startRollout(fabric, NAME, { to: "2.0.0", steps: [{ mirror: true }, { pause: true }], analysis });
  const why = await eventually(async () => {
    await caller.by("user-1").call.greet(1);
    const { judged } = (await live()).plugin!;
    return judged && judged.outcome !== "inconclusive" && judged.why;
  });
  expect(why).toMatch(/^as a mirror, \d+ of \d+ answers differed/);
});

test("an operator rolls out, promotes, aborts and goes back; others look, or do not", async () => {
  const fabric = await cluster();
  const { asked, live } = await shown(fabric, { token: [VIEWER, OPERATOR] }, false);
  const PLACES = ["rollout", "promote", "abort", "back"].map((place) => `${place}?plugin=${NAME}`);
  expect((await asked("live")).status).toBe(401);
  expect((await asked("live", VIEWER.token)).status).toBe(200);
  expect(await live()).toMatchObject({ title: "denied" });
  for (const place of PLACES) {
    expect((await asked(place, undefined, {})).status).toBe(401);
    expect((await asked(place, VIEWER.token, {})).status).toBe(403);
    expect((await asked(place, OPERATOR.token)).status).toBe(405);
  }
  expect((await asked(`releases?plugin=${NAME}`, VIEWER.token)).json).toEqual(["1.0.0", "2.0.0", "3.0.0"]);

  const [rollout = "", promote = "", abort = "", back = ""] = PLACES;
  const paused = () => eventually(async () => (await rolloutIn(fabric, NAME))?.phase === "paused");
  const plan = { steps: "10%,pause,100%", abortOn: "error-rate>50%" };
  expect((await asked(rollout, OPERATOR.token, { to: "2.0.0", ...plan })).status).toBe(200);
  await paused();
  expect(await asked(rollout, OPERATOR.token, { to: "3.0.0" })).toMatchObject({
    status: 409,
    json: { title: "busy", detail: expect.stringContaining("abort or promote it first") },
  });
  expect((await asked(promote, OPERATOR.token, {})).status).toBe(200);
  await eventually(async () => (await rolloutIn(fabric, NAME))?.phase === "promoted");
  expect((await asked(back, OPERATOR.token, {})).json).toMatchObject({ to: "1.0.0" });
  await eventually(async () => (await rolloutIn(fabric, NAME))?.phase === "promoted");
  await asked(rollout, OPERATOR.token, { to: "3.0.0", ...plan });
  await paused();
  const { status, json } = await asked(abort, OPERATOR.token, {});
  expect([status, json.phase, json.why]).toEqual([200, "aborted", "somebody aborted it in the dashboard"]);
});

test.each<[string, object, string]>([
  ["no version", {}, "this version was not published"],
  [
    "steps that are none",
    { to: "2.0.0", steps: "5%,soon" },
    '"soon" is no step: 5%, 30s, 10m, 1h, pause, or mirror.',
  ],
  ["bounds that are none", { to: "2.0.0", abortOn: "p99" }, '"p99" is no bound'],
  ["no text", { to: 2 }, "to"],
])("a rollout with %s is refused, and nothing changes", async (_, body, why) => {
  const fabric = await cluster();
  const { asked } = await shown(fabric, { token: OPERATOR }, false);
  const { status, json } = await asked(`rollout?plugin=${NAME}`, OPERATOR.token, body);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(json.detail).toContain(why);
  expect((await rolloutIn(fabric, NAME))?.to).toBe("1.0.0");
});

test("it is for this machine alone where it is open, and for nobody without a token where it is not", async () => {
  const fabric = keep(memoryFabric());
  const refused = (options: HttpOptions, isOpen: boolean) =>
    serveDashboard(fabric, http(options), { open: isOpen });
  await expect(refused({}, false)).rejects.toThrow("nobody could look at it: say a token");
  await expect(refused({ host: "0.0.0.0", token: OPERATOR }, true)).rejects.toThrow(
    "everybody who reaches 0.0.0.0 could look at it",
  );
  await expect(serveDashboard({} as never, http({}), { open: true })).rejects.toThrow("a fabric");
  const { url, asked, live } = await shown(fabric);
  expect(await live()).toMatchObject({ plugins: [], nodes: { live: 0, gone: 0 } });
  expect((await asked("abort?plugin=x", undefined, {})).status).toBe(403);
  const page = await fetch(new URL("/", url));
  expect([page.url, page.headers.get("x-frame-options")]).toEqual([url, "DENY"]);
  expect(page.headers.get("content-security-policy")).not.toMatch(/unsafe|\*|https?:|data:/);
  expect(await page.text()).not.toMatch(/<script(?![^>]* src="page.js">)|\son\w+=|style=|https?:/);
  expect((await fetch(`${url}board.css`)).headers.get("content-type")).toBe("text/css; charset=utf-8");
});

test("what somebody wrote that is no plan and no node is told, and the rest is shown", async () => {
  const fabric = await cluster();
  const { live } = await shown(fabric);
  const bytes = (text: string) => new TextEncoder().encode(text);
  await fabric.kv.put("plan.other", bytes("{"));
  await fabric.kv.put("now.node.evil", bytes('{"node":"<script>"}'));
  await fabric.kv.put(`now.caller.${NAME}.evil`, bytes("[]"));
  const { fault, plugins, nodes } = await eventually(async () => {
    const found = await live();
    return found.fault !== undefined && found;
  });
  expect(fault).toContain("could not read");
  expect(plugins.map(({ name }) => name)).toEqual([NAME]);
  expect(nodes.live).toBe(1);
});

test("of a split it tells the shares and what the calls come to, and changes nothing", async () => {
  const first = keep(await load(Greeter, await greeter("good", "1.0.0")));
  const second = keep(await load(Greeter, await greeter("good", "2.0.0")));
  const both = split(Greeter, { "1.0.0": 90, "2.0.0": 10 }, { "1.0.0": first, "2.0.0": second });
  const { live, asked } = await shown(both, { token: OPERATOR }, true);
  for (let i = 0; i < 20; i++) await both.by(`user-${i}`).call.greet(i);
  both.replan({ "1.0.0": 0, "2.0.0": 100 });
  const found = await eventually(async () => {
    const { plugin } = await live();
    return plugin?.shares.length === 2 && plugin.versions.length > 0 && plugin;
  });
  expect(found).toMatchObject({ name: both.name, order: ["1.0.0", "2.0.0"] });
  expect(found.versions.reduce((sum, { calls }) => sum + calls, 0)).toBe(20);
  expect((await asked("rights", OPERATOR.token)).json).toMatchObject({ operates: false });
  expect((await asked("abort?plugin=x", OPERATOR.token, {})).json.detail).toContain(
    "its shares are its program's to say",
  );
});
