/** Modules in an OCI registry, Debian's own, and in a folder of the same layout: one suite over both. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { contract, load } from "../../host/mod.ts";
import { oci, pull, push } from "../../host/oci/mod.ts";
import { loadAll } from "../../host/set/mod.ts";
import { identityOf, type Lock, newKeys, parseLock, sign } from "../../host/trust/mod.ts";
import { failure } from "../faults/guest.ts";
import { counter } from "./counters.ts";
import { dockerRegistry, there, title } from "./docker-registry.ts";
import { folder } from "./folder.ts";

const Counter = contract("demo:counter/counter@1", {
  add: { params: [z.uint32()], returns: z.uint32() },
  value: { params: [], returns: z.uint32() },
});

const PLACES = [
  { name: title, run: there, begin: async () => `oci://${(await dockerRegistry()).host}/acme/` },
  { name: "a folder", run: true, begin: async () => `oci:${await folder()}/` },
];

describe.each(PLACES)("in $name", ({ run, begin }) => {
  let registry = "";
  let v1: Uint8Array;
  let v2: Uint8Array;
  let names = 0;
  /** A repository that no other test has. */
  const repository = () => `${registry}counter-${names++}`;
  beforeAll(async () => {
    if (!run) return;
    [registry, v1, v2] = await Promise.all([begin(), counter("v1"), counter("v2")]);
  });
  const it = test.skipIf(!run);

  it("a module is pushed, and pulled by its tag and by its digest, byte for byte", async () => {
    const name = repository();
    const pushed = await push(`${name}:latest`, v1);
    expect(pushed).toMatchObject({
      reference: `${name}:latest@${pushed.digest}`,
      facts: { name: "counter", version: "1.0.0", interface: "demo:counter/counter@1.0.0", abi: "1" },
      unchanged: false,
    });
    const byTag = await pull(`${name}:latest`);
    const byDigest = await pull(`${name}@${pushed.digest}`);
    expect(byTag).toEqual({
      reference: pushed.reference,
      digest: pushed.digest,
      sha256: pushed.sha256,
      bytes: v1,
      signatures: [],
      facts: pushed.facts,
    });
    expect(byDigest.bytes).toEqual(v1);
  });

  it("without a tag the module's version is one, and stays that module unless it may be replaced", async () => {
    const name = repository();
    const pushed = await push(name, v1);
    expect(pushed.reference).toBe(`${name}:1.0.0@${pushed.digest}`);
    expect(await push(name, v1)).toMatchObject({ digest: pushed.digest, unchanged: true });
    const refused = await failure(push(`${name}:1.0.0`, v2));
    expect(refused.message).toBe(
      `[in-use] could not push ${name}:1.0.0: it is ${pushed.digest} there, and a version stays what it is; ` +
        "nothing was changed; give another version, or replace",
    );
    expect((await pull(`${name}:1.0.0`)).bytes).toEqual(v1);
    await push(`${name}:1.0.0`, v2, { replace: true });
    await push(`${name}:latest`, v1);
    await push(`${name}:latest`, v2);
    expect((await pull(`${name}:1.0.0`)).bytes).toEqual(v2);
    expect((await pull(`${name}:latest`)).bytes).toEqual(v2);
  });

  it("a plugin is loaded from it, and swapped with its state", async () => {
    const name = repository();
    await push(name, v1);
    await push(name, v2);
    const plugin = await load(Counter, oci(`${name}:1.0.0`));
    await plugin.call.add(4);
    const record = await plugin.swap(oci(`${name}:2.0.0`));
    expect([record.to?.version, await plugin.call.value()]).toEqual(["2.0.0", 4]);
    await plugin.close();
  });

  it("signatures come with a module, in it or beside it, and are checked before it is compiled", async () => {
    const name = repository();
    const ours = await newKeys();
    const theirs = await newKeys();
    const trust = { keys: [ours.publicKey] };
    await push(`${name}:bare`, v1);
    await push(`${name}:inside`, await sign(v1, { key: ours.privateKey }));
    const beside = await sign(v1, { key: ours.privateKey, detached: true });
    await push(`${name}:beside`, v1, { signatures: [beside] });
    const other = await sign(v1, { key: theirs.privateKey, detached: true });
    await push(`${name}:other`, v1, { signatures: [other] });
    const broken = new Uint8Array([...v1.subarray(0, 8), ...new Uint8Array(64).fill(255)]);
    const signed = await sign(v2, { key: ours.privateKey, detached: true });
    await push(`${name}:swapped`, v1, { signatures: [signed] });
    for (const tag of ["inside", "beside"]) {
      const plugin = await load(oci(`${name}:${tag}`), { trust });
      expect(plugin.version).toBe("1.0.0");
      await plugin.close();
    }
    for (const tag of ["bare", "other", "swapped"])
      expect((await failure(load(oci(`${name}:${tag}`), { trust }))).code).toBe("untrusted");
    expect((await pull(`${name}:beside`)).signatures).toEqual([beside]);
    // It is no module, and nothing looks at it before its signature.
    expect((await failure(push(`${name}:broken`, broken))).code).toBe("invalid-module");
  });

  it("a lock names the digest of a tag: that is what is loaded when the tag has moved on, and nothing else", async () => {
    const name = repository();
    const first = await push(`${name}:stable`, v1);
    const { permissions } = identityOf(v1, "v1");
    const modules = { counter: { "1.0.0": { sha256: first.sha256, permissions, signers: [] } } };
    const lock: Lock = { lockVersion: 1, modules, references: { [`${name}:stable`]: first.digest } };
    const second = await push(`${name}:stable`, v2);
    const plugin = await load(oci(`${name}:stable`), { lock });
    expect(plugin.version).toBe("1.0.0");
    const refused = await failure(load(oci(`${name}:stable`), { lock: { ...lock, references: {} } }));
    expect(refused.code).toBe("lock-differs");
    const other = { ...lock, references: { [`${name}:stable`]: second.digest } };
    expect((await plugin.swap(oci(`${name}:stable`))).to?.version).toBe("1.0.0");
    expect((await failure(load(oci(`${name}:stable`), { lock: other }))).code).toBe("lock-differs");
    await plugin.close();
    await using set = await loadAll([{ source: oci(`${name}:stable`) }], { lock });
    expect(set.get("counter").version).toBe("1.0.0");
  });

  it("what is not there is named", async () => {
    const name = repository();
    await push(`${name}:here`, v1);
    const gone = await failure(pull(`${name}:gone`));
    expect([gone.code, gone.message.includes(`${name}:gone`)]).toEqual(["not-found", true]);
    expect((await failure(pull(`${name}@sha256:${"0".repeat(64)}`))).code).toBe("not-found");
    expect((await failure(pull(name))).message).toBe(
      `[argument] could not pull ${name}: wanted a tag or a digest at its end`,
    );
    expect((await failure(load(oci(`${name}:here`), { maxSourceBytes: 1000 }))).code).toBe("too-large");
    expect((await failure(push(`${name}:text`, new TextEncoder().encode("no module")))).code).toBe(
      "not-wasm",
    );
  });

  it("a program that gives up early stops the transfer", async () => {
    const name = repository();
    await push(`${name}:here`, v1);
    const gaveUp = AbortSignal.abort();
    expect((await failure(pull(`${name}:here`, { signal: gaveUp }))).code).toBe("aborted");
    expect((await failure(load(oci(`${name}:here`), { signal: gaveUp }))).code).toBe("aborted");
  });

  it("many push to one place at the same time, and each tag is there", async () => {
    const name = repository();
    const tags = Array.from({ length: 12 }, (_, i) => `t${i}`);
    await Promise.all(tags.map((tag, i) => push(`${name}:${tag}`, i % 2 ? v1 : v2)));
    const pulled = await Promise.all(tags.map((tag) => pull(`${name}:${tag}`)));
    expect(pulled.map(({ facts }) => facts.version)).toEqual(tags.map((_, i) => (i % 2 ? "1.0.0" : "2.0.0")));
  });
});

test("a folder is an OCI image layout, with the manifest that other tools read", async () => {
  const path = await folder();
  const v1 = await counter("v1");
  const { digest } = await push(`oci:${path}:1.0.0`, v1);
  const json = async (name: string) => JSON.parse(await readFile(join(path, name), "utf8"));
  const blob = (name: string) => join("blobs", "sha256", name.replace("sha256:", ""));
  expect(await json("oci-layout")).toEqual({ imageLayoutVersion: "1.0.0" });
  expect((await json("index.json")).manifests).toEqual([
    {
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      digest,
      size: expect.any(Number),
      annotations: { "org.opencontainers.image.ref.name": "1.0.0" },
    },
  ]);
  const manifest = await json(blob(digest));
  expect(manifest).toMatchObject({
    schemaVersion: 2,
    config: { mediaType: "application/vnd.wasm.config.v0+json" },
    layers: [{ mediaType: "application/wasm", size: v1.length }],
    annotations: { "org.opencontainers.image.version": "1.0.0" },
  });
  expect(await json(blob(manifest.config.digest))).toEqual({
    created: "1970-01-01T00:00:00Z",
    architecture: "wasm",
    os: "wasip1",
    layerDigests: [manifest.layers[0].digest],
  });
});

test("a lock file may name references, and is refused where they are no digests", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const text = (references: unknown) => JSON.stringify({ lockVersion: 1, modules: {}, references });
  expect(parseLock(text({ "oci://a.example/b:1": digest })).references).toEqual({
    "oci://a.example/b:1": digest,
  });
  expect(() => parseLock(text({ "oci://a.example/b:1": "latest" }))).toThrow("wanted sha256: and 64 digits");
});
