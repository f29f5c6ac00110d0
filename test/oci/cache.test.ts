/** What was pulled before: without a registry, by several processes at a time, and after one was killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { load } from "../../host/mod.ts";
import { digestOf } from "../../host/oci/digest.ts";
import { oci, pull, push, type Stale } from "../../host/oci/mod.ts";
import { failure } from "../faults/guest.ts";
import { counter } from "./counters.ts";
import { dockerRegistry, there, title } from "./docker-registry.ts";
import { type FalseRegistry, falseRegistry, manifestOf } from "./false-registry.ts";
import { folder } from "./folder.ts";

const blobsIn = (cache: string) => readdir(join(cache, "blobs", "sha256"));
const bytesOf = (name: string) => new Uint8Array(50_000).fill(name.charCodeAt(0));

/** A registry of one repository in which every tag is a module of its own. */
async function manyModules(): Promise<FalseRegistry> {
  const blobs = new Map(Array.from("abcdefghij", (tag) => [digestOf(bytesOf(tag)), bytesOf(tag)]));
  const manifests = new Map(
    Array.from("abcdefghij", (tag) => {
      const text = manifestOf(bytesOf(tag));
      return [digestOf(new TextEncoder().encode(text)), text];
    }),
  );
  return falseRegistry(({ url = "" }, response) => {
    const name = basename(url);
    const found = url.includes("/blobs/")
      ? blobs.get(name)
      : (manifests.get(name) ?? manifestOf(bytesOf(name)));
    if (found) response.writeHead(200).end(found);
    else response.writeHead(404).end();
  });
}

function puller(args: readonly (string | number)[]): ChildProcess {
  const sources = `--import=${new URL("../sources.mjs", import.meta.url).href}`;
  const options = ["--no-warnings", "--conditions=moult-source", sources];
  const { VITEST: _, ...env } = process.env;
  const program = fileURLToPath(new URL("puller.ts", import.meta.url));
  return spawn(process.execPath, [...options, program, ...args.map(String)], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function ended(
  child: ChildProcess,
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  let out = "";
  let err = "";
  child.stdout!.setEncoding("utf8").on("data", (text) => (out += text));
  child.stderr!.setEncoding("utf8").on("data", (text) => (err += text));
  const [code] = await once(child, "close");
  return { code, out: out.trim(), err };
}

test("by a digest nothing is asked for twice, and by a tag only what it stands for", async () => {
  const { host, asked } = await manyModules();
  const cache = await folder();
  const { digest } = await pull(`oci://${host}/m:a`, { cache });
  expect(asked.splice(0)).toHaveLength(2);
  await pull(`oci://${host}/m@${digest}`, { cache });
  await pull(`oci://${host}/m:a@${digest}`, { cache });
  expect(asked.splice(0)).toEqual([]);
  await pull(`oci://${host}/m:a`, { cache });
  expect(asked.map(({ line }) => line)).toEqual(["GET /v2/m/manifests/a"]);
});

test("offline, all comes from the cache, and what was never pulled is named", async () => {
  const { host, asked } = await manyModules();
  const cache = await folder();
  const name = `oci://${host}/m`;
  const { digest } = await pull(`${name}:a`, { cache });
  asked.splice(0);
  const said: Stale[] = [];
  const again = await pull(`${name}:a`, { cache, offline: true, onStale: (stale) => said.push(stale) });
  expect([again.bytes, again.digest]).toEqual([bytesOf("a"), digest]);
  expect(said).toEqual([{ reference: `${name}:a`, digest, since: expect.any(Date) }]);
  expect(again.stale).toEqual(said[0]);
  expect((await pull(`${name}@${digest}`, { cache, offline: true })).stale).toBeUndefined();
  expect((await failure(pull(`${name}:b`, { cache, offline: true }))).message).toBe(
    `[unavailable] could not pull ${name}:b: it is offline, and the cache does not know what it stands for; pull it once before`,
  );
  expect((await failure(pull(`${name}:b`, { offline: true }))).code).toBe("argument");
  expect(asked).toEqual([]);
});

test.skipIf(!there)(`a ${title} that is gone is made up for by the cache, which says so`, async () => {
  const registry = await dockerRegistry();
  const cache = await folder();
  const name = `oci://${registry.host}/acme/counter`;
  const { digest } = await push(`${name}:stable`, await counter("v1"));
  await pull(`${name}:stable`, { cache });
  await registry.kill();
  const said: Stale[] = [];
  const plugin = await load(oci(`${name}:stable`, { cache, onStale: (stale) => said.push(stale) }));
  expect(plugin.version).toBe("1.0.0");
  expect(said).toMatchObject([{ digest, cause: { code: "unavailable" } }]);
  await plugin.close();
  expect((await failure(pull(`${name}:other`, { cache }))).code).toBe("unavailable");
  expect((await failure(pull(`${name}:stable`))).code).toBe("unavailable");
  await registry.restart();
  await push(`${name}:stable`, await counter("v2"));
  expect((await pull(`${name}:stable`, { cache })).facts.version).toBe("2.0.0");
});

test("a registry that says no is not made up for", async () => {
  let status = 0;
  const { host } = await falseRegistry((request, response) => {
    if (status !== 0) return void response.writeHead(status).end();
    const blob = request.url!.includes("/blobs/");
    return void response.writeHead(200).end(blob ? bytesOf("a") : manifestOf(bytesOf("a")));
  });
  const cache = await folder();
  await pull(`oci://${host}/m:a`, { cache });
  const codes = { 404: "not-found", 403: "denied", 418: "bad-peer" };
  for (const [found, code] of Object.entries(codes)) {
    status = Number(found);
    expect((await failure(pull(`oci://${host}/m:a`, { cache }))).code).toBe(code);
  }
  status = 503;
  expect((await pull(`oci://${host}/m:a`, { cache })).stale?.cause).toMatchObject({ code: "unavailable" });
});

test("a registry that does not answer is not waited for longer than patience", async () => {
  let mute = false;
  const { host } = await falseRegistry((request, response) => {
    if (mute) return;
    const blob = request.url!.includes("/blobs/");
    response.writeHead(200).end(blob ? bytesOf("a") : manifestOf(bytesOf("a")));
  });
  const cache = await folder();
  await pull(`oci://${host}/m:a`, { cache });
  mute = true;
  expect((await pull(`oci://${host}/m:a`, { cache, patience: 1 })).stale?.cause).toMatchObject({
    code: "deadline",
  });
  expect((await failure(pull(`oci://${host}/m:b`, { cache, timeout: 1 }))).code).toBe("deadline");
});

test("what was changed in the cache is not believed, and pulled again", async () => {
  const { host, asked } = await manyModules();
  const cache = await folder();
  const { digest } = await pull(`oci://${host}/m:a`, { cache });
  for (const content of [new Uint8Array(0), bytesOf("b"), bytesOf("a").subarray(0, 49_999)]) {
    for (const name of await blobsIn(cache)) await writeFile(join(cache, "blobs", "sha256", name), content);
    asked.splice(0);
    expect((await pull(`oci://${host}/m@${digest}`, { cache })).bytes).toEqual(bytesOf("a"));
    expect(asked).toHaveLength(2);
  }
  for (const name of await readdir(join(cache, "tags")))
    await writeFile(join(cache, "tags", name), '{"digest":1}');
  expect((await failure(pull(`oci://${host}/m:a`, { cache, offline: true }))).code).toBe("unavailable");
});

test("the cache keeps to its bound, and lets go first what was used longest ago", async () => {
  const { host, asked } = await manyModules();
  const cache = { folder: await folder(), maxBytes: 125_000 };
  const at = (tag: string, seconds: number) =>
    utimes(join(cache.folder, "blobs", "sha256", digestOf(bytesOf(tag)).slice(7)), seconds, seconds);
  await pull(`oci://${host}/m:a`, { cache });
  await pull(`oci://${host}/m:b`, { cache });
  await at("a", 1_000);
  await at("b", 2_000);
  const left = join(cache.folder, "blobs", "sha256", "left.part");
  await writeFile(left, "by a process that was killed");
  await utimes(left, 1_000, 1_000);
  await pull(`oci://${host}/m:c`, { cache });
  const names = await blobsIn(cache.folder);
  const has = (tag: string) => names.includes(digestOf(bytesOf(tag)).slice(7));
  expect([has("a"), has("b"), has("c"), names.includes("left.part")]).toEqual([false, true, true, false]);
  const sizes = await Promise.all(
    names.map(async (name) => (await stat(join(cache.folder, "blobs", "sha256", name))).size),
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(125_000);
  // What is larger than all of it is pulled, and not kept.
  asked.splice(0);
  const small = { folder: await folder(), maxBytes: 10 };
  expect((await pull(`oci://${host}/m:a`, { cache: small })).bytes).toEqual(bytesOf("a"));
  expect((await failure(pull(`oci://${host}/m:a`, { cache: small, offline: true }))).code).toBe(
    "unavailable",
  );
});

test("hammer: two processes pull into one cache that is too small for all, and each gets the right bytes", async () => {
  const { host } = await manyModules();
  const cache = await folder();
  const names = Array.from("abcdefghij", (tag) => `oci://${host}/m:${tag}`);
  const runs = [names, names.toReversed()].map((own) => ended(puller([cache, 210_000, 12, ...own])));
  for (const { code, out, err } of await Promise.all(runs)) expect([code, out, err]).toEqual([0, "120", ""]);
  const left = (await blobsIn(cache)).filter((name) => name.endsWith(".part"));
  expect(left).toEqual([]);
});

test("a process that is killed in the middle of a pull leaves nothing that is believed", async () => {
  let half: (() => void) | undefined;
  const reached = new Promise<void>((resolve) => (half = resolve));
  let whole = false;
  const { host, asked } = await falseRegistry((request, response) => {
    if (!request.url!.includes("/blobs/")) return void response.writeHead(200).end(manifestOf(bytesOf("a")));
    response.writeHead(200, { "content-length": 50_000 });
    if (whole) response.end(bytesOf("a"));
    else response.write(bytesOf("a").subarray(0, 25_000), half);
  });
  const cache = await folder();
  const child = puller([cache, 1_000_000, 1, `oci://${host}/m:a`]);
  await reached;
  child.kill("SIGKILL");
  await once(child, "close");
  expect((await failure(pull(`oci://${host}/m:a`, { cache, offline: true }))).code).toBe("unavailable");
  whole = true;
  asked.splice(0);
  expect((await pull(`oci://${host}/m:a`, { cache })).bytes).toEqual(bytesOf("a"));
  expect(asked.map(({ line }) => line).at(-1)).toContain("/blobs/");
  expect((await pull(`oci://${host}/m:a`, { cache, offline: true })).bytes).toEqual(bytesOf("a"));
});

test("a process that is killed in the middle of a push to a folder does not keep others out", async () => {
  const path = await folder();
  const v1 = await counter("v1");
  await push(`oci:${path}:1.0.0`, v1);
  const child = spawn(process.execPath, ["-e", ""]);
  const { pid } = child;
  await once(child, "close");
  const { hostname } = await import("node:os");
  await writeFile(join(path, "index.json.lock"), JSON.stringify({ pid, host: hostname() }));
  await mkdir(join(path, "blobs", "sha256"), { recursive: true });
  await push(`oci:${path}:2.0.0`, await counter("v2"));
  expect(JSON.parse(await readFile(join(path, "index.json"), "utf8")).manifests).toHaveLength(2);
  // One that is still at work is waited for.
  await writeFile(join(path, "index.json.lock"), JSON.stringify({ pid: process.pid, host: hostname() }));
  const late = await failure(push(`oci:${path}:latest`, v1, { timeout: 50 }));
  expect(late.code).toBe("deadline");
});
