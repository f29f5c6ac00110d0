/** `moult serve` and `moult call`: one serves a plugin, the other calls it. */
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { stock } from "../grpc/stock.ts";
import { build } from "../kept/build.ts";
import { versions } from "../versions.ts";
import { command, type Ran } from "./command.ts";
import { folder } from "./folder.ts";

const { path: cwd, write } = await folder();
const counter = versions(new URL("../../wasm-plugins/counter/", import.meta.url));
const faults = versions(new URL("../guests/faults/", import.meta.url));
const limits = versions(new URL("../guests/limits/", import.meta.url));
const TOKEN = "0123456789abcdef0123456789abcdef";
const OPERATOR = "operator-0123456789abcdef";

await write("counter.wasm", await counter("v1"));
await write("shapes.wasm", await faults("shapes"));
await write("runaway.wasm", await limits("runaway"));
await write("token.txt", `${TOKEN}\n`);
await write("operator.txt", OPERATOR);
await write("empty.txt", "\n");
const next = new URL("../../wasm-plugins/counter/v2.ts", import.meta.url);
await write("next.wasm", (await build(next, { optimize: "debug", version: "1.1.0" })).wasm);

const call = (...args: string[]) => command(["call", ...args], { cwd });

interface Serving {
  readonly url: string;
  readonly said: string;
  stop(): Promise<Ran>;
}

/** Until it says where it is. */
async function serving(...args: string[]): Promise<Serving> {
  const ending = new AbortController();
  let ended: Promise<Ran> | undefined;
  const said = await new Promise<string>((resolve, reject) => {
    ended = command(["serve", ...args, "--port", "0"], { cwd, signal: ending.signal, onOut: resolve });
    ended.then(({ err }) => reject(new Error(err)), reject);
  });
  return {
    said,
    url: /https?:[^"\s]+/.exec(said)![0],
    stop: () => {
      ending.abort();
      return ended!;
    },
  };
}

it("serves a plugin until it is told to stop, and calls it", async () => {
  const { said, url, stop } = await serving("counter.wasm");
  expect(said).toBe(`counter 1.0.0 is served at ${url}\n`);
  expect(await call(url)).toEqual({
    exit: 0,
    out: "  add     (p1: u32) -> u32\n  value   () -> u32\n".replace("p1", "step"),
    err: "counter 1.0.0 has these functions:\n",
  });
  expect(await call(url, "add", "4")).toEqual({ exit: 0, out: "4\n", err: "" });
  expect(JSON.parse((await call(url, "add", "1", "--json")).out)).toEqual({
    plugin: "counter",
    version: "1.0.0",
    function: "add",
    answer: 5,
  });
  expect(await stop()).toMatchObject({
    exit: 0,
    err: "calls under way are answered, and no further one is taken\n",
  });
  const gone = await call(url, "value");
  expect([gone.exit, gone.err]).toEqual([
    1,
    expect.stringMatching(
      /^error: \[unavailable\] could not connect to http:\S+: no server answers there\n$/,
    ),
  ]);
});

it("tells what the plugin answers for an error, and what is called wrongly", async () => {
  const { url, stop } = await serving("shapes.wasm");
  expect(await call(url, "divide", "1", "0")).toMatchObject({
    exit: 1,
    err: 'error: counter.divide answered an error: "nothing divides by 0"\n',
  });
  expect(JSON.parse((await call(url, "divide", "1", "0", "--json")).out)).toMatchObject({
    error: "nothing divides by 0",
  });
  expect(await call(url, "nothing")).toMatchObject({ exit: 2, out: "" });
  expect(await call(url, "divide", "1")).toMatchObject({ exit: 2, out: "" });
  expect(await call("nowhere", "divide")).toMatchObject({ exit: 2, out: "" });
  await stop();
});

it("stops what runs away, and comes back with what was acknowledged", async () => {
  const { url, stop } = await serving("runaway.wasm", "--deadline", "200");
  expect(await call(url, "arm", "7")).toMatchObject({ exit: 0, out: "" });
  const late = await call(url, "spin");
  expect([late.exit, late.err]).toEqual([1, expect.stringContaining("[out-of-time]")]);
  expect((await call(url, "armed")).out).toBe("7\n");
  await stop();
});

it("keeps its state in a store from one time to the next", async () => {
  const first = await serving("counter.wasm", "--store", "data");
  await call(first.url, "add", "4");
  await first.stop();
  const second = await serving("counter.wasm", "--store", "data");
  expect((await call(second.url, "add", "1")).out).toBe("5\n");
  await second.stop();
});

it("asks for the token of a file, or of the environment", async () => {
  const { url, said, stop } = await serving("counter.wasm", "--token-file", "token.txt", "--json");
  expect(JSON.parse(said)).toEqual({ plugin: "counter", version: "1.0.0", url });
  const denied = await call(url, "value");
  expect([denied.exit, denied.err]).toEqual([1, expect.stringContaining("[denied]")]);
  expect(await call(url, "value", "--token-file", "token.txt")).toMatchObject({ exit: 0, out: "0\n" });
  expect(await command(["call", url, "value"], { cwd, env: { MOULT_TOKEN: TOKEN } })).toMatchObject({
    out: "0\n",
  });
  expect(await call(url, "value", "--token-file", "empty.txt")).toMatchObject({ exit: 2 });
  await stop();
});

it("is not open to others without a token, and tells what it cannot serve", async () => {
  const open = await command(["serve", "counter.wasm", "--host", "0.0.0.0"], { cwd });
  expect([open.exit, open.err]).toEqual([2, expect.stringContaining("say a token")]);
  const missing = await command(["serve", "nothing.wasm"], { cwd });
  expect([missing.exit, missing.out]).toEqual([2, ""]);
});

describe("an operator", () => {
  const given = { MOULT_TOKEN: OPERATOR };
  const operate = (...args: string[]) => command(args, { cwd, env: given });

  it("swaps, looks, and goes back", async () => {
    const { url, stop } = await serving("counter.wasm", "--operator-token-file", "operator.txt");
    expect((await call(url, "add", "5")).err).toContain("[denied]");
    await operate("call", url, "add", "5");
    expect((await operate("swap", url, "next.wasm", "--dry-run")).out).toMatch(
      /^rehearsed counter 1\.0\.0 \(1\) -> 1\.1\.0 \(\d\): paused 0\.0 ms, 1 byte of state\n {2}value +lossless /,
    );
    const swapped = await operate("swap", url, "next.wasm", "--probation-calls", "100");
    expect(swapped).toMatchObject({
      exit: 0,
      out: expect.stringMatching(/^swapped counter 1\.0\.0 \(1\) -> 1\.1\.0 \(\d\): paused [\d.]+ ms, /),
    });
    await operate("call", url, "add", "2");
    const { out } = await operate("status", url);
    expect(out).toMatch(/^counter 1\.1\.0, idle\n/);
    expect(out).toContain("1.0.0 (1) is kept; calls since: 1, bad ones: 0");
    expect(JSON.parse((await operate("status", url, "--json")).out).probation.calls).toBe(1);
    expect((await operate("rollback", url)).out).toMatch(/^rolled-back counter .*, calls replayed: 1\n$/);
    expect((await operate("call", url, "value")).out).toBe("7\n");
    expect(await operate("accept", url)).toEqual({
      exit: 0,
      out: "",
      err: "counter: no version is on probation\n",
    });
    const lines = (await operate("history", url)).out.trimEnd().split("\n");
    expect(lines.map((line) => /\d\d:\d\d:\d\d +(\S+)/.exec(line)?.[1])).toEqual([
      "rehearsed",
      "swapped",
      "rolled-back",
    ]);
    const refused = await operate("swap", url, "shapes.wasm");
    expect([refused.exit, refused.err]).toEqual([1, expect.stringContaining("[mismatch]")]);
    await stop();
  });

  it("takes a snapshot, and accepts a version for good", async () => {
    const { url, stop } = await serving("counter.wasm", "--operator-token-file", "operator.txt");
    await operate("call", url, "add", "5");
    expect(await operate("snapshot", url, "counter.avro")).toMatchObject({ exit: 0, out: "" });
    const run = await command(["run", "counter.wasm", "value", "--state", "counter.avro"], { cwd });
    expect(run.out).toBe("5\n");
    await operate("swap", url, "next.wasm", "--probation");
    expect((await operate("accept", url)).out).toMatch(/^permanent counter /);
    expect(JSON.parse((await operate("history", url, "--json")).out)).toHaveLength(2);
    await stop();
  });

  it("is one who has that token; callers have theirs", async () => {
    const tokens = ["--token-file", "token.txt", "--operator-token-file", "operator.txt"];
    const { url, stop } = await serving("counter.wasm", ...tokens);
    const caller = ["--token-file", "token.txt"];
    expect(await call(url, "add", "1", ...caller)).toMatchObject({ out: "1\n" });
    for (const verb of ["history", "status", "rollback", "accept"]) {
      const denied = await command([verb, url, ...caller], { cwd });
      expect([verb, denied.exit, denied.err]).toEqual([verb, 1, expect.stringContaining("[denied]")]);
    }
    const denied = await command(["swap", url, "next.wasm", ...caller], { cwd });
    expect(denied).toMatchObject({
      exit: 1,
      err: expect.stringContaining("wants the right to swap, found call"),
    });
    await stop();
  });

  it("is told what is wrong with what was typed", async () => {
    const { url, stop } = await serving("counter.wasm", "--operator-token-file", "operator.txt");
    expect(await operate("swap", url, "nothing.wasm")).toMatchObject({ exit: 2, out: "" });
    expect(await operate("swap", url, "next.wasm", "--integrity", "abc")).toMatchObject({ exit: 2 });
    expect(await operate("swap", url, "next.wasm", "--integrity", "0".repeat(64))).toMatchObject({ exit: 1 });
    await stop();
  });
});

it("serves over TLS, to those who trust its authority", async () => {
  for (const name of ["cert", "key", "ca"])
    await write(`${name}.pem`, await readFile(new URL(`../remote/tls/${name}.pem`, import.meta.url)));
  const { url, stop } = await serving("counter.wasm", "--tls-cert", "cert.pem", "--tls-key", "key.pem");
  expect(url).toMatch(/^https:/);
  expect(await call(url, "add", "1", "--ca", "ca.pem")).toMatchObject({ exit: 0, out: "1\n" });
  const untrusted = await call(url, "add", "1");
  expect([untrusted.exit, untrusted.err]).toEqual([1, expect.stringContaining("is not trusted")]);
  await stop();
  for (const args of [
    ["--tls-cert", "cert.pem"],
    ["--tls-cert", "cert.pem", "--tls-key", "cert.pem"],
  ])
    expect(await command(["serve", "counter.wasm", ...args], { cwd })).toMatchObject({ exit: 2, out: "" });
});

it("serves over gRPC too, by the .proto that it prints of the file and of the server", async () => {
  const { said, url, stop } = await serving("shapes.wasm", "--grpc", "0");
  const [, over = ""] = /and (grpc:\S+)/.exec(said)!;
  const { out: proto } = await command(["proto", "shapes.wasm"], { cwd });
  expect(await command(["proto", url], { cwd })).toMatchObject({ exit: 0, out: proto });
  const client = await stock(proto, over);
  expect(await client.call("Divide", { total: 7, by: 2 })).toEqual({ value: 3 });
  client.close();
  expect(await stop()).toMatchObject({ exit: 0 });
});

it("shows a dashboard to operators, or to this machine, and says where it is", async () => {
  const { url, said, stop } = await serving("counter.wasm", "--dashboard", "open", "--json");
  expect(JSON.parse(said)).toMatchObject({ url, dashboard: `${url}dashboard/` });
  expect((await fetch(`${url}dashboard/`)).headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect((await fetch(`${url}history`)).status).toBe(200);
  await stop();
  const own = await serving("counter.wasm", "--dashboard", "--operator-token-file", "operator.txt");
  expect((await fetch(`${own.url}history`)).status).toBe(401);
  expect((await own.stop()).err).toContain(`its dashboard is at ${own.url}dashboard/\n`);
  for (const [args, why] of [
    [["--dashboard"], "nobody could look at it; give --operator-token-file, or --dashboard open"],
    [["--dashboard", "shut"], "wanted --dashboard, or --dashboard open; found shut"],
  ] as const)
    expect(await command(["serve", "counter.wasm", ...args], { cwd })).toMatchObject({
      exit: 2,
      err: expect.stringContaining(`could not serve a dashboard: ${why}`),
    });
});
