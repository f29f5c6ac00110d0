/** Keys, signatures and lock files, as an author types them. */
import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { load } from "../../host/mod.ts";
import { lockFile } from "../../host/node/mod.ts";
import { keyIdOf, verify } from "../../host/trust/mod.ts";
import { guest, withSection } from "../faults/guest.ts";
import { DETACHED, ONE, signed, TWO } from "../trust/vectors.ts";
import { command } from "./command.ts";
import { folder } from "./folder.ts";

const { path: cwd, write } = await folder();
const typed = (line: string, env: Readonly<Record<string, string>> = {}) =>
  command(line.split(" "), { cwd, env });
const read = async (name: string) => new Uint8Array(await readFile(join(cwd, name)));
const text = (name: string) => readFile(join(cwd, name), "utf8");

let id: string;
beforeAll(async () => {
  await write("hand.wasm", signed("unsigned"));
  await write("one.key", Buffer.from(ONE.privateKey, "base64"));
  await chmod(join(cwd, "one.key"), 0o600);
  await write("one.pub", ONE.public);
  await write("two.pub", TWO.public);
  expect((await typed("keygen release.key")).exit).toBe(0);
  id = await keyIdOf(await text("release.key.pub"));
});

describe("moult keygen", () => {
  it("writes a private key that only its owner reads, and prints none of it", async () => {
    const { exit, out, err } = await typed("keygen mine.key");
    const made = await text("mine.key");
    const body = made.split("\n")[1]!;
    expect({ exit, err }).toEqual({ exit: 0, err: "" });
    expect(out).toMatch(
      /^key [0-9a-f]{24}\n {2}mine\.key signs: keep it to yourself, and out of the repository\n {2}mine\.key\.pub verifies: give it to those who load what you sign\n$/,
    );
    expect(made).toMatch(/^-----BEGIN PRIVATE KEY-----\n\S{64}\n-----END PRIVATE KEY-----\n$/);
    expect(await text("mine.key.pub")).toMatch(
      /^-----BEGIN PUBLIC KEY-----\n\S{60}\n-----END PUBLIC KEY-----\n$/,
    );
    if (process.platform !== "win32") expect((await stat(join(cwd, "mine.key"))).mode & 0o777).toBe(0o600);
    const json = await typed("keygen other.key --json");
    expect(JSON.parse(json.out)).toMatchObject({
      ok: true,
      privateKey: "other.key",
      publicKey: "other.key.pub",
    });
    for (const each of [out, json.out]) expect(each).not.toContain(body);
    expect(json.out).not.toContain((await text("other.key")).split("\n")[1]);
  });

  it("writes over nothing", async () => {
    const before = await text("release.key");
    expect(await typed("keygen release.key")).toEqual({
      exit: 2,
      out: "",
      err: "error: could not write release.key: it is there already; nothing was changed\n",
    });
    await write("half.key.pub", "mine");
    expect((await typed("keygen half.key")).err).toContain(
      "could not write half.key.pub: it is there already",
    );
    expect([await text("release.key"), await text("half.key.pub")]).toEqual([before, "mine"]);
    await expect(stat(join(cwd, "half.key"))).rejects.toThrow("ENOENT");
    expect((await typed("keygen none/here.key")).exit).toBe(2);
  });
});

describe("moult sign", () => {
  it("signs what wasmsign2 signs, with the same bytes", async () => {
    expect(await typed("sign hand.wasm --key one.key --out named.wasm")).toEqual({
      exit: 0,
      out: "signed named.wasm\n",
      err: "",
    });
    expect(await read("named.wasm")).toEqual(signed("named"));
    const { out } = await typed("sign hand.wasm --key one.key --detached");
    expect(out).toBe("signed hand.wasm: hand.wasm.sig is its signature\n");
    expect(await read("hand.wasm.sig")).toEqual(DETACHED);
    expect(await read("hand.wasm")).toEqual(signed("unsigned"));
  });

  it("adds to the signatures that are there, over the module itself", async () => {
    await write("both.wasm", signed("named"));
    const { out } = await typed("sign both.wasm --key release.key");
    expect(out).toBe("signed both.wasm, beside another signature\n");
    const json = JSON.parse((await typed("sign both.wasm --key release.key --json")).out);
    expect(json.signatures.map(({ keyId }: { keyId: string }) => keyId)).toEqual([ONE.id, id]);
  });

  it("takes the key from the environment", async () => {
    expect(await typed("sign hand.wasm --out environment.wasm")).toEqual({
      exit: 2,
      out: "",
      err: "error: could not sign: there is no key; say --key FILE, or set MOULT_KEY to its text\nhint: moult keygen FILE makes one\n",
    });
    await typed("sign hand.wasm --out environment.wasm", { MOULT_KEY: await text("release.key") });
    expect(
      (await verify(await read("environment.wasm"), { keys: [await text("release.key.pub")] }))[0]!.keyId,
    ).toBe(id);
  });

  it("says what is no key, and nothing of what it holds", async () => {
    await write("words.key", "correct horse battery");
    await chmod(join(cwd, "words.key"), 0o600);
    expect(await typed("sign hand.wasm --key words.key")).toEqual({
      exit: 1,
      out: "",
      err: "error: [argument] could not use key: found a text of 21 characters, wanted an Ed25519 private key: PEM (BEGIN PRIVATE KEY), or its seed of 32 bytes, also in base64 or hexadecimal\n",
    });
    expect((await typed("sign hand.wasm --key release.key.pub")).err).toContain(
      "found PEM of a public key, wanted",
    );
    expect((await typed("sign hand.wasm --key none.key")).exit).toBe(2);
    await write("large.key", new Uint8Array(20_000));
    expect((await typed("sign hand.wasm --key large.key")).err).toContain(
      "could not use large.key: it has more than 16384 bytes, wanted a key",
    );
    expect((await typed("sign none.wasm --key release.key")).exit).toBe(2);
    await write("text.wasm", "hello");
    expect((await typed("sign text.wasm --key release.key")).err).toBe(
      "error: [not-wasm] could not load the module: its 5 bytes do not begin as a WebAssembly module\n",
    );
  });

  it.skipIf(process.platform === "win32")("warns of a private key that others may read", async () => {
    await write("open.key", await text("release.key"));
    await chmod(join(cwd, "open.key"), 0o644);
    const { exit, err } = await typed("sign hand.wasm --key open.key --out open.wasm");
    expect([exit, err]).toEqual([0, "warning: others may read open.key; chmod 600 keeps it yours\n"]);
  });
});

describe("moult verify", () => {
  it("says who has signed, and refuses what nobody has", async () => {
    await write("signed.wasm", signed("both"));
    expect(await typed("verify signed.wasm --key one.pub --key two.pub --require all")).toEqual({
      exit: 0,
      out: `signed.wasm is signed by ${ONE.id}, ${TWO.id}\n`,
      err: "",
    });
    expect(await typed("verify signed.wasm --key release.key.pub")).toEqual({
      exit: 1,
      out: "",
      err: `error: [untrusted] could not load signed.wasm: its signatures name the keys ${ONE.id}, ${TWO.id}; wanted a signature of all of it by the key ${id} (the option keys)\n`,
    });
    const json = JSON.parse(
      (
        await typed("verify signed.wasm --json", {
          MOULT_PUBLIC_KEY: Buffer.from(ONE.public).toString("base64"),
        })
      ).out,
    );
    expect(json).toEqual({
      ok: true,
      module: "signed.wasm",
      signers: [{ keyId: ONE.id, publicKey: Buffer.from(ONE.public.subarray(1)).toString("base64") }],
    });
  });

  it("reads a signature of its own", async () => {
    await write("apart.wasm", signed("unsigned"));
    expect((await typed("verify apart.wasm --key one.pub")).exit).toBe(1);
    await write("elsewhere.sig", DETACHED);
    expect((await typed("verify apart.wasm --key one.pub --signature elsewhere.sig")).exit).toBe(0);
    await write("apart.wasm.sig", DETACHED);
    expect((await typed("verify apart.wasm --key one.pub")).exit).toBe(0);
    expect((await typed("verify apart.wasm --key one.pub --signature none.sig")).exit).toBe(2);
  });

  it("is used with a key, or a lock", async () => {
    expect(await typed("verify signed.wasm")).toEqual({
      exit: 2,
      out: "",
      err: "error: could not verify signed.wasm: say --key FILE, or --lock FILE, or set MOULT_PUBLIC_KEY\n",
    });
    for (const number of ["0", "some", "-1"])
      expect((await typed(`verify signed.wasm --key one.pub --require ${number}`)).exit).toBe(2);
    expect((await typed("verify signed.wasm --key one.pub --require 2")).exit).toBe(1);
    expect((await typed("verify signed.wasm --key release.key")).err).toContain(
      "found PEM of a private key, wanted",
    );
  });
});

describe("moult lock", () => {
  beforeAll(async () => {
    await write("v1.wasm", await guest("counter"));
    await write("v2.wasm", await guest("counter", "2.0.0"));
    for (const version of ["v1", "v2"]) await typed(`sign ${version}.wasm --key release.key`);
  });

  it("writes what load takes, and writes the same again", async () => {
    const { exit, out } = await typed("lock v2.wasm v1.wasm --key release.key.pub");
    expect([exit, out]).toEqual([0, "moult.lock is written\n  counter 2.0.0   new\n  counter 1.0.0   new\n"]);
    const lock = await lockFile(join(cwd, "moult.lock"));
    expect(Object.keys(lock.modules.counter!)).toEqual(["1.0.0", "2.0.0"]);
    await using plugin = await load(await read("v1.wasm"), { lock });
    await plugin.swap(await read("v2.wasm"));
    const before = await text("moult.lock");
    expect((await typed("lock v1.wasm --key release.key.pub")).out).toBe(
      "moult.lock is as it was\n  counter 1.0.0   same\n",
    );
    expect((await typed("lock v1.wasm v2.wasm --check")).exit).toBe(0);
    expect(await text("moult.lock")).toBe(before);
  });

  it("shows what is another, and keeps asking for signatures", async () => {
    const before = await text("moult.lock");
    await write("changed.wasm", await guest("counter"));
    expect((await typed("lock changed.wasm --check")).err).toContain(
      "[untrusted] could not load changed.wasm: it is not signed",
    );
    await write("changed.wasm", withSection(await guest("counter"), "more", new Uint8Array(1)));
    await typed("sign changed.wasm --key release.key");
    const checked = await typed("lock changed.wasm --check");
    expect([checked.exit, await text("moult.lock")]).toEqual([1, before]);
    expect(checked.out).toMatch(
      /^moult\.lock says something else\n {2}counter 1\.0\.0 {3}changed {3}SHA-256 [0-9a-f]{16}… -> [0-9a-f]{16}…\n$/,
    );
    const json = JSON.parse((await typed("lock changed.wasm --check --json")).out);
    expect(json).toMatchObject({
      ok: false,
      written: false,
      modules: [{ name: "counter", state: "changed" }],
    });
    expect((await typed("lock changed.wasm")).exit).toBe(0);
    expect((await lockFile(join(cwd, "moult.lock"))).modules.counter!["1.0.0"]!.signers).toHaveLength(1);
    const none = await typed("lock changed.wasm --no-signers");
    expect(none.out).toContain("- signer ");
  });

  it("leaves out others where it is told, and takes no two modules for one", async () => {
    const { out } = await typed("lock v1.wasm --prune");
    expect(out).toContain("counter 2.0.0   gone");
    expect(await typed("lock v1.wasm changed.wasm")).toEqual({
      exit: 1,
      out: "",
      err: "error: could not write moult.lock: v1.wasm and changed.wasm are both counter 1.0.0, and differ; a lock has one module of a version\n",
    });
  });

  it("is what moult verify goes by too", async () => {
    await typed("lock v1.wasm --key release.key.pub --file own.lock");
    expect((await typed("verify v1.wasm --lock own.lock")).out).toBe(
      `v1.wasm is signed by ${id}, and is what own.lock says\n`,
    );
    expect((await typed("verify v2.wasm --lock own.lock")).err).toBe(
      "error: [lock-differs] could not load v2.wasm: it is counter 2.0.0, and the lock has only version 1.0.0 of it\n",
    );
    expect((await typed("verify v1.wasm --lock none.lock")).exit).toBe(1);
    expect((await typed("lock v1.wasm --check --file none.lock")).exit).toBe(2);
    await write("broken.lock", "{}");
    expect((await typed("lock v1.wasm --file broken.lock")).err).toContain("[bad-lock] could not use ");
    expect(await text("broken.lock")).toBe("{}");
  });
});

describe("moult inspect", () => {
  it("shows the keys that signatures name, and signatures that cannot be read", async () => {
    await write("signed.wasm", signed("both"));
    expect((await typed("inspect signed.wasm")).out).toContain(
      `signatures   said to be by key ${ONE.id}, key ${TWO.id}; moult verify checks them\n`.slice(0, 60),
    );
    expect(JSON.parse((await typed("inspect signed.wasm --json")).out).signatures).toEqual([
      { keyId: ONE.id, algorithm: "Ed25519" },
      { keyId: TWO.id, algorithm: "Ed25519" },
    ]);
    await write("late.wasm", withSection(signed("unsigned"), "signature", DETACHED));
    const { exit, err } = await typed("inspect late.wasm");
    expect([exit, err]).toEqual([
      1,
      "warning: its signatures cannot be read: at byte 134: found a section (signature) that is not the first of the module\n",
    ]);
  });
});

describe("moult build", () => {
  const source = `export function boom(x: u32): u32 {
  if (x > 1) unreachable();
  return x;
}
`;

  it("signs, and its source map still leads to the author's line", { timeout: 120_000 }, async () => {
    await mkdir(join(cwd, "boom"), { recursive: true });
    await writeFile(join(cwd, "boom", "package.json"), '{ "name": "boom", "version": "1.0.0" }');
    await writeFile(join(cwd, "boom", "plugin.ts"), source);
    const built = await typed("build boom --out plain");
    expect(built.exit).toBe(0);
    const { exit, out } = await typed("build boom --out sealed --key release.key");
    expect([exit, out]).toEqual([0, expect.stringContaining(`by key ${id}`)]);
    expect((await typed("verify sealed/boom.wasm --key release.key.pub")).exit).toBe(0);
    expect((await typed("sign plain/boom.wasm --key release.key --out again.wasm")).exit).toBe(0);
    expect(await read("again.wasm")).toEqual(await read("sealed/boom.wasm"));
    for (const file of ["plain/boom.wasm", "sealed/boom.wasm", "again.wasm"]) {
      const { err } = await typed(`run ${file} boom 2`);
      expect([file, err]).toEqual([file, expect.stringMatching(/plugin\.ts:2:14/)]);
    }
  });

  it("signs with the key in the environment, and no component", async () => {
    const env = { MOULT_KEY: await text("release.key") };
    const made = await typed("build boom --out sealed --sign --json", env);
    expect(JSON.parse(made.out)).toMatchObject({ ok: true, signedBy: id });
    expect((await typed("build boom --out sealed --sign")).exit).toBe(2);
    expect((await typed("build boom --component --sign", env)).err).toContain("could not sign a component");
  });
});
