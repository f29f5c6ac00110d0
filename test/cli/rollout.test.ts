/** `moult publish`, `host`, `rollout`, `nodes` and `dashboard`: from a module to a version that has all calls. */
import { afterAll, expect, it, test } from "vitest";
import { boundsOf, stepsOf, timeOf } from "../../host/cli/given/rollout-steps.ts";
import { callKeyed, hostKeyed, ownerOf } from "../../host/keyed/mod.ts";
import { callReleases } from "../../host/release/mod.ts";
import { http, httpFabric, memoryFabric, serveFabric } from "../../host/remote/mod.ts";
import { module } from "../capabilities/keeper.ts";
import { eventually } from "../fabric/seen.ts";
import { Room, room } from "../keyed/room.ts";
import { Greeter, greeter, NAME } from "../release/greeter.ts";
import { command, type Ran } from "./command.ts";
import { folder } from "./folder.ts";

const { path: cwd, write } = await folder();
await write("one.wasm", await greeter("good", "1.0.0"));
await write("two.wasm", await greeter("good", "2.0.0"));
await write("bad.wasm", await greeter("bad", "3.0.0"));
await write("other.wasm", await greeter("bad", "1.0.0"));
await write("text.wasm", "no module");

const fabric = memoryFabric();
const hub = await serveFabric(fabric, http({ port: 0 }));
const env = { MOULT_FABRIC: hub.url };
const moult = (...args: string[]) => command(args, { cwd, env });
const ending = new AbortController();
let hosting: Promise<Ran> | undefined;
afterAll(async () => {
  ending.abort();
  await hosting;
  await hub.close();
  await fabric.close();
});

it("leads versions from their files to their callers, and one that does badly back", async () => {
  expect(await moult("publish", "one.wasm")).toMatchObject({
    exit: 0,
    out: `greeter 1.0.0 is in ${hub.url}\n`,
  });
  expect(await moult("rollout", NAME, "--to", "1.0.0")).toMatchObject({
    exit: 0,
    out: "greeter 1.0.0 is promoted\n",
  });
  const said: string[] = [];
  hosting = command(["host", NAME, "--json"], {
    cwd,
    env,
    signal: ending.signal,
    onOut: (text) => said.push(text),
  });
  await eventually(async () => said.some((line) => line.includes('"serving"')));
  expect(JSON.parse((await moult("nodes", "--json")).out)).toMatchObject([
    { hosted: [{ name: NAME, version: "1.0.0", status: "serving" }] },
  ]);

  const again = await moult("publish", "two.wasm", "--json");
  expect(JSON.parse(again.out)).toMatchObject({ name: NAME, version: "2.0.0", fabric: hub.url });
  const paused = await moult(
    "rollout",
    NAME,
    "--to",
    "2.0.0",
    "--steps",
    "10%,20ms,50%,pause",
    "--keep",
    "0s",
  );
  expect([paused.exit, paused.out]).toEqual([
    1,
    "greeter 2.0.0 is paused at 50 %: until somebody promotes it\n",
  ]);
  expect(paused.err).toContain("2.0.0 gets 10 %\n2.0.0 gets 50 %\n");
  expect((await moult("rollout", "status", NAME)).out).toContain("  2.0.0   50 %\n");
  expect((await moult("rollout", NAME, "--to", "2.0.0")).err).toContain(
    "could not roll out greeter 2.0.0: the rollout to 2.0.0 is paused; abort or promote it first; nothing was changed",
  );
  expect(await moult("rollout", "promote", NAME)).toMatchObject({
    exit: 0,
    out: "greeter 2.0.0 is promoted\n",
  });

  await moult("rollout", NAME, "--to", "1.0.0", "--steps", "mirror,pause", "--keep", "0s");
  const { out } = await moult("rollout", "status", NAME);
  expect(out).toContain("  mirror   0 compared   0 differing   0 failed\n");
  const status = JSON.parse((await moult("rollout", "status", NAME, "--json")).out);
  expect(status).toMatchObject({
    plan: { mirror: "1.0.0" },
    mirror: { compared: 0, differing: 0, failed: 0 },
  });
  await moult("rollout", "abort", NAME);

  await moult("publish", "bad.wasm");
  const joined = await httpFabric(hub.url);
  const caller = await callReleases(joined, Greeter, NAME, { interval: 20 });
  let calling = true;
  const calls = (async () => {
    for (let i = 0; calling; i++)
      await caller
        .by(`user-${i}`)
        .call.greet(i)
        .catch(() => {});
  })();
  const bounds = ["--abort-on", "error-rate>5%,p99>30s", "--interval", "20ms", "--min-samples", "20"];
  const aborted = await moult("rollout", NAME, "--to", "3.0.0", "--steps", "50%,10m", ...bounds);
  calling = false;
  await calls;
  await caller.close();
  await joined.close();
  expect([aborted.exit, aborted.out]).toEqual([
    1,
    expect.stringMatching(
      /^greeter 3.0.0 is aborted: its error rate is [1-5]\d(\.\d)? % of \d+ calls, and at most 5 % may be\n$/,
    ),
  ]);
  const history = JSON.parse((await moult("rollout", "history", NAME, "--json")).out) as {
    to: string;
    phase: string;
  }[];
  expect(history.map(({ to, phase }) => `${to} ${phase}`)).toEqual([
    "1.0.0 promoted",
    "2.0.0 promoted",
    "1.0.0 aborted",
    "3.0.0 aborted",
  ]);
});

it("shows it in the browser: to this machine, or to who has a token, until it is told to stop", async () => {
  await write("operator.txt", "operator-0123456789abcdef\n");
  const shown = async (...args: string[]) => {
    const own = new AbortController();
    let said = "";
    const running = command(["dashboard", "--port", "0", "--json", ...args], {
      cwd,
      env,
      signal: own.signal,
      onOut: (text) => {
        said += text;
      },
    });
    await eventually(async () => said.includes("\n"));
    const { dashboard } = JSON.parse(said) as { readonly dashboard: string };
    const live = await fetch(`${dashboard}live`);
    const told = live.ok
      ? ((await live.json()) as { plugins: { name: string }[] }).plugins[0]?.name
      : live.status;
    own.abort();
    expect((await running).exit).toBe(0);
    return told;
  };
  expect(await shown()).toBe(NAME);
  expect(await shown("--operator-token-file", "operator.txt")).toBe(401);
  expect(await shown("--operator-token-file", "operator.txt", "--open")).toBe(NAME);
  const strange = await moult("dashboard", "--host", "0.0.0.0");
  expect([strange.exit, strange.err]).toEqual([
    2,
    expect.stringContaining("say a token, or listen at 127.0.0.1"),
  ]);
});

it("leads the keys of a plugin that has an instance for each, and back", async () => {
  await write("room-1.wasm", await room("first", "1.0.0"));
  await write("room-2.wasm", await room("first", "2.0.0"));
  const joined = await httpFabric(hub.url);
  await moult("publish", "room-1.wasm");
  await moult("rollout", "room", "--to", "1.0.0");
  const host = await hostKeyed(joined, "room", { interval: 100 });
  const rooms = await callKeyed(joined, Room, "room");
  try {
    expect(await rooms.of("lobby").call.say(7)).toBe(1);
    await moult("publish", "room-2.wasm");
    const ramp = ["--steps", "50%,20ms,100%", "--keep", "0s"];
    expect(await moult("rollout", "room", "--to", "2.0.0", ...ramp)).toMatchObject({
      exit: 0,
      out: "room 2.0.0 is promoted\n",
    });
    expect(await rooms.of("lobby").call.say(8)).toBe(2);
    const listed = await eventually(async () => {
      const all = JSON.parse((await moult("nodes", "--json")).out) as { readonly node: string }[];
      const found = all.find(({ node }) => node === host.node);
      return (found as { keyed?: { measured: { calls: number } } })?.keyed?.measured.calls === 2 && found;
    });
    expect(listed).toMatchObject({
      hosted: [],
      keyed: { name: "room", keys: { "2.0.0": 1 }, came: 0, went: 0, taken: 0, epochs: 2 },
    });
    expect((await moult("nodes")).out).toMatch(
      new RegExp(
        `${host.node}\n  room +1 keys +2\\.0\\.0 1\n +0 came, 0 went, 0 taken over, 2 epochs\n +2 calls +0 errors, p50 .* ms, p99 .* ms\n`,
      ),
    );
    expect(await watched((text) => / a second/.test(text))).toContain("2.0.0 1");
    expect(await ownerOf(joined, "room", "lobby")).toMatchObject({ version: "2.0.0" });
    expect(await moult("rollout", "room", "--to", "1.0.0", "--keep", "0s")).toMatchObject({ exit: 0 });
    expect(await rooms.of("lobby").call.said()).toEqual([7, 8]);
    await eventually(async () => (await ownerOf(joined, "room", "lobby"))?.version === "1.0.0");
  } finally {
    await rooms.close();
    await host.close();
    await joined.close();
  }
});

it("keeps the version before for as long as a rollback says, and takes no option that would change nothing", async () => {
  for (const file of ["one.wasm", "two.wasm"]) await moult("publish", file);
  const own = new AbortController();
  const node = hosting ? undefined : command(["host", NAME], { cwd, env, signal: own.signal });
  if (!(await planOf()).plan) await moult("rollout", NAME, "--to", "1.0.0");
  const before = (await planOf()).plan.split[0]!.version;
  const next = before === "1.0.0" ? "2.0.0" : "1.0.0";
  expect(await moult("rollout", NAME, "--to", next, "--keep", "0s", "--ready", "30s")).toMatchObject({
    exit: 0,
  });
  expect(await moult("rollout", "rollback", NAME, "--keep", "25ms", "--ready", "20s")).toMatchObject({
    exit: 0,
    out: `greeter ${before} is promoted\n`,
  });
  const { rollout } = JSON.parse((await moult("rollout", "status", NAME, "--json")).out);
  expect([rollout.keep, rollout.ready]).toEqual([25, 20_000]);
  await moult("rollout", NAME, "--to", next, "--steps", "10%,pause");
  expect(await moult("rollout", "rollback", NAME)).toMatchObject({
    exit: 0,
    out: `greeter ${next} is aborted: somebody rolled it back\n`,
  });
  own.abort();
  await node;
  for (const [args, why] of [
    [["promote", NAME, "--keep", "0s"], "--keep is not for moult rollout promote: it takes --full"],
    [["history", NAME, "--full"], "--full is not for moult rollout history: it takes none of those"],
    [["rollback", NAME, "--to", "1.0.0"], "--to is not for moult rollout rollback: it takes --keep, --ready"],
    [[NAME, "--to", "1.0.0", "--why", "x"], "--why is not for moult rollout NAME: it takes --to, "],
    [[NAME, "--to", "1.0.0", "--min-samples", "9"], "--min-samples says how it is measured, and nothing is"],
  ] as const)
    expect(await moult("rollout", ...args)).toMatchObject({ exit: 2, err: expect.stringContaining(why) });
});

const planOf = async (name = NAME) => JSON.parse((await moult("plan", name, "--json")).out);

it("shows a plan and what was published, and changes it by hand", async () => {
  await write("lone-1.wasm", await room("first", "1.0.0"));
  await write("lone-2.wasm", await room("first", "2.0.0"));
  const lone = await serveFabric(memoryFabric(), http({ port: 0 }));
  const plan = (...args: string[]) =>
    command(["plan", "room", ...args], { cwd, env: { MOULT_FABRIC: lone.url } });
  expect(await plan()).toMatchObject({ exit: 1, err: expect.stringContaining("room was not published in") });
  for (const file of ["lone-1.wasm", "lone-2.wasm"]) await moult("publish", file, "--to", lone.url);
  expect((await plan()).out).toBe("  1.0.0   published\n  2.0.0   published\n");
  expect(await plan("--mirror", "2.0.0")).toMatchObject({
    exit: 2,
    err: expect.stringContaining("no plan yet"),
  });
  expect((await plan("--split", "1.0.0=100")).out).toBe(
    "  1.0.0   100 %       stable\n  2.0.0   published\n",
  );
  await write(
    "rules.json",
    JSON.stringify([{ version: "2.0.0", keys: ["ann"], attributes: { country: ["fr"] } }]),
  );
  const changed = ["--split", "1.0.0=90, 2.0.0=10%", "--mirror", "2.0.0", "--rules", "rules.json"];
  expect((await plan(...changed)).out).toBe(
    "  1.0.0   90 %        stable\n  2.0.0   10 %\n  2.0.0   mirror\n  2.0.0   by a rule   keys ann and country fr\n",
  );
  await plan("--mirror", "");
  const { plan: kept, releases } = JSON.parse((await plan("--json")).out);
  expect([kept.mirror, kept.rules.length, kept.split[1].weight, releases.length]).toEqual([
    undefined,
    1,
    10,
    2,
  ]);
  expect((await plan("--history")).out.trim().split("\n")).toHaveLength(3);
  for (const [args, exit, why] of [
    [["--split", "1.0.0"], 2, '"1.0.0" is no share: 1.0.0=90.'],
    [["--split", "1.0.0=40"], 2, "the weights are 40 percent together, wanted 100"],
    [["--split", "1.0.0=50,9.9.9=50"], 2, "a rule names 2.0.0, which is not in the split"],
    [["--rules", "text.wasm"], 2, "could not read text.wasm: it is no JSON"],
    [["--history", "--split", "1.0.0=100"], 2, "--history shows"],
  ] as const)
    expect(await plan(...args)).toMatchObject({ exit, err: expect.stringContaining(why) });
  await lone.close();
});

it("hosts plugins that reach something", async () => {
  await write("keeper.wasm", await module("keeper"));
  await moult("publish", "keeper.wasm");
  await moult("rollout", "keeper", "--to", "1.0.0");
  const own = new AbortController();
  let said = "";
  const onOut = (text: string) => {
    said += text;
  };
  const reach = ["--config", "greeting=hi", "--grant", "kv", "--drain", "1s", "--max-calls", "5"];
  const node = command(["host", "keeper", ...reach], { cwd, env, signal: own.signal, onOut });
  await eventually(async () => said.includes("keeper 1.0.0: serving"));
  own.abort();
  expect((await node).exit).toBe(0);
  expect(await moult("host", "keeper", "--idle", "1s")).toMatchObject({
    exit: 2,
    err: expect.stringContaining("--max-instances and --idle are for --keyed"),
  });
});

/** What `moult nodes --watch` has printed when it is as wanted. */
async function watched(is: (text: string) => boolean): Promise<string> {
  const own = new AbortController();
  let said = "";
  const onOut = (text: string) => {
    said += text;
  };
  const running = command(["nodes", "--watch"], { cwd, env, signal: own.signal, onOut });
  await eventually(async () => is(said));
  own.abort();
  await running;
  return said;
}

it("says what it was used wrongly for", async () => {
  const none = await command(["nodes"], { cwd });
  expect([none.exit, none.err]).toEqual([
    2,
    expect.stringContaining("error: no fabric was named\nhint: say --fabric"),
  ]);
  expect(await command(["nodes", "--fabric", "redis://x"], { cwd })).toMatchObject({
    exit: 2,
    err: expect.stringContaining("redis://x is no fabric that is known"),
  });
  expect(await moult("rollout", "begin", NAME)).toMatchObject({ exit: 2 });
  expect(await moult("rollout", NAME)).toMatchObject({ exit: 2, err: expect.stringContaining("--to 2.0.0") });
  expect(await moult("rollout", NAME, "--to", "9.9.9")).toMatchObject({ exit: 1 });
  expect((await moult("rollout", NAME, "--to", "2.0.0", "--steps", "5,30s")).err).toContain('"5" is no step');
  expect((await moult("rollout", NAME, "--to", "2.0.0", "--abort-on", "p99>1%")).err).toContain(
    '"p99>1%" is no bound',
  );
  expect((await moult("rollout", "status", "nobody")).err).toContain("nobody was not rolled out");
  expect((await moult("publish", "text.wasm")).exit).toBe(1);
  expect((await moult("publish", "other.wasm")).err).toContain("give them a version of their own");
});

it("publishes into a directory, too", async () => {
  expect(await command(["publish", "one.wasm", "--to", "releases"], { cwd })).toMatchObject({ exit: 0 });
  const first = await command(["rollout", NAME, "--to", "1.0.0", "--fabric", "releases"], { cwd });
  expect(first).toMatchObject({ exit: 0, out: "greeter 1.0.0 is promoted\n" });
  const { out } = await command(["rollout", "status", NAME, "--fabric", "releases"], { cwd });
  expect(out).toContain("1.0.0   100 %");
});

test("steps and bounds are read as people write them", () => {
  expect(stepsOf("mirror,5%, 30s,12.5%,1h,pause,500ms,100%")).toEqual([
    { mirror: true },
    { weight: 5 },
    { pause: 30_000 },
    { weight: 12.5 },
    { pause: 3_600_000 },
    { pause: true },
    { pause: 500 },
    { weight: 100 },
  ]);
  expect(boundsOf("error-rate > 1%,p99>1.5x,error-rate>2x,p99>200ms,p99>1s,differing>1%")).toEqual([
    { metric: "errorRate", above: 0.01 },
    { metric: "latencyP99", timesStable: 1.5 },
    { metric: "errorRate", timesStable: 2 },
    { metric: "latencyP99", above: 200 },
    { metric: "latencyP99", above: 1_000 },
    { metric: "differing", above: 0.01 },
  ]);
  expect(timeOf("10m")).toBe(600_000);
  for (const wrong of ["", "101%", "5", "-5%", "s", "5%,,10%"])
    expect(() => stepsOf(wrong)).toThrow("is no step");
  for (const wrong of ["", "p99>1%", "error-rate>1ms", "p50>1x", "error-rate=1%", "differing>1.5x"])
    expect(() => boundsOf(wrong)).toThrow("is no bound");
  expect(() => timeOf("10")).toThrow("is no time");
});
