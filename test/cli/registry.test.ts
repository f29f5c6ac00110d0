/** `moult push` and `moult pull`, and modules in registries wherever a verb takes a file. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { counter } from "../oci/counters.ts";
import { dockerRegistry, there, title, USER } from "../oci/docker-registry.ts";
import { falseRegistry, manifestOf, serving } from "../oci/false-registry.ts";
import { command } from "./command.ts";
import { folder } from "./folder.ts";

const dir = await folder();
const ENV = { MOULT_CACHE: join(dir.path, "cache"), HOME: dir.path, DOCKER_CONFIG: join(dir.path, "docker") };
const moult = (args: readonly string[], env: Readonly<Record<string, string>> = {}, tty = false) =>
  command(args, { cwd: dir.path, env: { ...ENV, ...env }, tty });
const json = (text: string) => JSON.parse(text);

beforeAll(async () => {
  await dir.write("v1.wasm", await counter("v1"));
  await dir.write("v2.wasm", await counter("v2"));
  await moult(["keygen", "release.key"]);
});

describe("a folder is a registry", () => {
  test("a module is pushed under its version, run, inspected, checked and pulled", async () => {
    const pushed = await moult(["push", "v1.wasm", "oci:one/counter"]);
    expect(pushed.out).toMatch(/^oci:one\/counter:1\.0\.0@sha256:[0-9a-f]{64}\n$/);
    const ref = "oci:one/counter:1.0.0";
    expect((await moult(["run", ref, "add", "3"])).out).toBe("3\n");
    expect((await moult(["inspect", ref])).out).toContain("demo:counter/counter@1.0.0");
    expect((await moult(["check", "v2.wasm", "--from", ref, "--no-rehearsal"])).out).toContain(
      "Version      too low",
    );
    const pulled = await moult(["pull", ref]);
    expect(pulled.out).toBe(`counter.wasm is ${pushed.out}`);
    expect(new Uint8Array(await readFile(join(dir.path, "counter.wasm")))).toEqual(await counter("v1"));
    expect((await moult(["push", "v1.wasm", "oci:one/counter"])).err).toContain("it was there before");
  });

  test("a version is not replaced by another module unless that is said", async () => {
    await moult(["push", "v1.wasm", "oci:two:1.0.0"]);
    const refused = await moult(["push", "v2.wasm", "oci:two:1.0.0"]);
    expect([refused.exit, refused.err]).toEqual([1, expect.stringContaining("a version stays what it is")]);
    expect((await moult(["push", "v2.wasm", "oci:two:1.0.0", "--replace"])).exit).toBe(0);
  });

  test("a signature beside a module travels with it, and is asked for before anything is written or run", async () => {
    await moult(["push", "v1.wasm", "oci:signed:1.0.0"]);
    await moult(["sign", "v2.wasm", "--key", "release.key", "--detached"]);
    await moult(["push", "v2.wasm", "oci:signed:2.0.0"]);
    const key = ["--key", "release.key.pub"];
    expect((await moult(["verify", "oci:signed:2.0.0", ...key])).exit).toBe(0);
    expect((await moult(["run", "oci:signed:2.0.0", ...key, "add", "4"])).out).toBe("4\n");
    const pulled = await moult(["pull", "oci:signed:2.0.0", "--out", "out.wasm", ...key]);
    expect(pulled.out).toContain(", signed by ");
    expect((await moult(["verify", "out.wasm", ...key])).exit).toBe(0);
    const unsigned = await moult(["pull", "oci:signed:1.0.0", "--out", "no.wasm", ...key]);
    expect([unsigned.exit, unsigned.err]).toEqual([1, expect.stringContaining("[untrusted]")]);
    await expect(readFile(join(dir.path, "no.wasm"))).rejects.toThrow("ENOENT");
    const ran = await moult(["run", "oci:signed:1.0.0", ...key, "add", "4"]);
    expect([ran.exit, ran.out, ran.err]).toEqual([1, "", expect.stringContaining("[untrusted]")]);
    // It travels on, from one registry to another.
    await moult(["push", "oci:signed:2.0.0", "oci:signed-too"]);
    expect((await moult(["verify", "oci:signed-too:2.0.0", ...key])).exit).toBe(0);
  });

  test("a lock file has the digest of a tag, which is what is run when the tag has moved on", async () => {
    const ref = "oci:locked:stable";
    await moult(["push", "v1.wasm", ref]);
    const locked = await moult(["lock", ref, "--file", "oci.lock"]);
    const [, digest] = new RegExp(`${ref} stands for (sha256:[0-9a-f]{64})`).exec(locked.out) ?? [];
    const written = json(await readFile(join(dir.path, "oci.lock"), "utf8"));
    expect(written.references).toEqual({ [ref]: digest });
    expect((await moult(["lock", ref, "--file", "oci.lock", "--check"])).exit).toBe(0);
    await moult(["push", "v2.wasm", ref]);
    expect((await moult(["lock", ref, "--file", "oci.lock", "--check"])).exit).toBe(1);
    const pulled = await moult(["--json", "pull", ref, "--lock", "oci.lock"]);
    expect(json(pulled.out)).toMatchObject({ digest, stale: false });
    expect((await moult(["run", ref, "--lock", "oci.lock", "add", "1"])).out).toBe("1\n");
    expect((await moult(["verify", ref, "--lock", "oci.lock"])).exit).toBe(0);
    // The tag of another name is another module, which is not in the file.
    await moult(["push", "v2.wasm", "oci:locked:other"]);
    const refused = await moult(["run", "oci:locked:other", "--lock", "oci.lock", "add", "1"]);
    expect([refused.exit, refused.err]).toEqual([1, expect.stringContaining("[lock-differs]")]);
    await moult(["lock", ref, "--file", "oci.lock", "--prune"]);
    expect(json(await readFile(join(dir.path, "oci.lock"), "utf8")).references[ref]).not.toBe(digest);
  });

  test("what was typed wrong is said, with exit code 2", async () => {
    for (const ref of [
      "oci://",
      "oci://host",
      "oci://ghcr.io/Acme/Visits:1",
      "oci://ghcr.io/a:1@sha256:12",
      "oci:",
    ]) {
      const { exit, err } = await moult(["pull", ref]);
      expect([ref, exit, err]).toEqual([ref, 2, expect.stringContaining("wanted oci://HOST/REPOSITORY:TAG")]);
    }
    expect((await moult(["pull", "oci:one/counter"])).err).toContain("wanted a tag or a digest");
    expect((await moult(["push", "none.wasm", "oci:x"])).exit).toBe(2);
    const half = await moult(["pull", "oci://127.0.0.1:9/a:1"], { MOULT_REGISTRY_USER: "ada" });
    expect([half.exit, half.err]).toEqual([2, expect.stringContaining("MOULT_REGISTRY_PASSWORD")]);
  });
});

describe.skipIf(!there)(`with ${title}`, () => {
  test("who signed in with docker login is let in, and everybody else told how", async () => {
    const { host } = await dockerRegistry({ auth: "htpasswd" });
    const ref = `oci://${host}/acme/counter`;
    const stranger = await moult(["push", "v1.wasm", ref]);
    expect([stranger.exit, stranger.err]).toEqual([1, expect.stringContaining("[denied]")]);
    const auth = Buffer.from(`${USER.username}:${USER.password}`).toString("base64");
    // As editors on Windows write it.
    await dir.write("login/config.json", `\ufeff${JSON.stringify({ auths: { [host]: { auth } } })}`);
    const login = { DOCKER_CONFIG: join(dir.path, "login") };
    const pushed = await moult(["--json", "push", "v1.wasm", ref], login);
    expect(json(pushed.out)).toMatchObject({ ok: true, version: "1.0.0", unchanged: false });
    const named = { MOULT_REGISTRY_USER: USER.username, MOULT_REGISTRY_PASSWORD: USER.password };
    expect((await moult(["run", `${ref}:1.0.0`, "add", "2"], named)).out).toBe("2\n");
    const other = await moult(["pull", `${ref}:1.0.0`], { ...named, MOULT_REGISTRY_PASSWORD: "wrong" });
    expect([other.exit, other.err.includes("wrong")]).toEqual([1, false]);
    const kept = { auths: {}, credHelpers: { [host]: "osxkeychain" } };
    await dir.write("helper/config.json", JSON.stringify(kept));
    const helper = await moult(["pull", `${ref}:1.0.0`], { DOCKER_CONFIG: join(dir.path, "helper") });
    expect(helper.err).toContain("docker-credential-osxkeychain, which is not run");
  });

  test("a registry that is gone is made up for by the cache, with a warning", async () => {
    const registry = await dockerRegistry();
    const ref = `oci://${registry.host}/acme/counter:stable`;
    const cache = { MOULT_CACHE: join(dir.path, "own-cache") };
    await moult(["push", "v1.wasm", ref]);
    await moult(["run", ref, "add", "2"], cache);
    await registry.kill();
    const offline = await moult(["run", ref, "add", "2"], { ...cache, MOULT_OFFLINE: "1" });
    expect([offline.out, offline.err]).toEqual(["2\n", expect.stringContaining("was not asked for again")]);
    const away = await moult(["run", ref, "add", "2"], cache);
    expect([away.out, away.err]).toEqual(["2\n", expect.stringContaining("did not answer")]);
    expect((await moult(["pull", ref, "--offline"], { MOULT_CACHE: join(dir.path, "empty") })).err).toContain(
      "it is offline",
    );
  });
});

test("on a terminal a line shows how far a pull is, and is gone when it is done", async () => {
  const bytes = await counter("v1");
  const { host } = await falseRegistry(
    serving(manifestOf(bytes), (_, response) => void response.writeHead(200).end(bytes)),
  );
  const { exit, err } = await moult(
    ["pull", `oci://${host}/acme/counter:1`, "--out", "tty.wasm"],
    { MOULT_CACHE: join(dir.path, "tty") },
    true,
  );
  expect([exit, err]).toEqual([
    0,
    expect.stringContaining(`pulling oci://${host}/acme/counter:1: 0.0 of 0.0 MB`),
  ]);
});
