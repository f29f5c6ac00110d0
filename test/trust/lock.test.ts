/** Lock files: which modules may be loaded. */

import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { assemblyscript } from "../../host/guest/assemblyscript/mod.ts";
import { load, log } from "../../host/mod.ts";
import { lockFile } from "../../host/node/mod.ts";
import { identityOf, type Lock, lockText, newKeys, parseLock, sign } from "../../host/trust/mod.ts";
import { folder } from "../durable/folder.ts";
import { Counter, failure, guest, manifest, refused, wat } from "../faults/guest.ts";
import { ONE, signed } from "./vectors.ts";

const hex = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const raw = (key: string) => Buffer.from(key.split("\n")[1]!, "base64").subarray(-32).toString("base64");
let first: Uint8Array;
let second: Uint8Array;
let keys: Awaited<ReturnType<typeof newKeys>>;

beforeAll(async () => {
  keys = await newKeys();
  first = await sign(await guest("counter"), { key: keys.privateKey });
  second = await guest("counter", "2.0.0");
});

const entry = (bytes: Uint8Array, more: object = {}) => ({
  sha256: hex(bytes),
  permissions: identityOf(bytes, "bytes").permissions,
  signers: [],
  ...more,
});
const lockOf = (one: object = {}, two: object = {}): Lock => ({
  lockVersion: 1,
  modules: { counter: { "1.0.0": entry(first, one), "2.0.0": entry(second, two) } },
});

describe("a plugin with a lock", () => {
  test("takes the modules in it, and no other", async () => {
    const lock = lockOf({ signers: [raw(keys.publicKey)] });
    await using plugin = await load(Counter, first, { lock });
    await plugin.swap(second);
    await plugin.swap(first);
    const third = await guest("counter", "3.0.0");
    const changed = await sign(second, { key: keys.privateKey });
    const now = "; version 1.0.0 still serves";
    const could = "[lock-differs] could not swap counter 1.0.0: could not load bytes: it is counter";
    expect(await refused(plugin.swap(third))).toBe(
      `${could} 3.0.0, and the lock has only version 1.0.0, 2.0.0 of it${now}`,
    );
    expect(await refused(plugin.swap(changed))).toBe(
      `${could} 2.0.0 with the SHA-256 ${hex(changed)}, and the lock has ${hex(second)}${now}`,
    );
    expect((await failure(plugin.mirror(third))).code).toBe("lock-differs");
    expect(await refused(load(await guest("counter", "1.0.0", "other"), { lock }))).toBe(
      "[lock-differs] could not load bytes: it is other 1.0.0, and the lock has no other",
    );
  });

  test("compares what a module asks for", async () => {
    const bytes = await wat('(import "acme:db/rows@1.0.0" "find" (func))', {
      manifest: manifest({
        imports: [{ interface: "acme:db/rows@1.0.0", functions: [{ name: "find", params: [] }] }],
      }),
    });
    const lock = {
      lockVersion: 1 as const,
      modules: { hand: { "1.0.0": entry(bytes, { permissions: [] }) } },
    };
    expect(await refused(load(bytes, { lock }))).toBe(
      "[lock-differs] could not load bytes: hand 1.0.0 asks for acme:db/rows@1.0.0#find, and the lock says nothing",
    );
    lock.modules.hand["1.0.0"] = entry(bytes);
    expect((await failure(load(bytes, { lock, grant: [log(console)] }))).code).toBe("missing-grant");
  });

  test("asks the signers in it for their signatures", async () => {
    const lock = lockOf({ signers: [raw(keys.publicKey)] }, { signers: [raw(keys.publicKey)] });
    await using plugin = await load(Counter, first, { lock });
    expect(await refused(plugin.swap(second))).toMatch(
      /^\[untrusted\] could not swap .*: it is not signed; wanted a signature of all of it by the key [0-9a-f]{24} \(the option lock\); version 1\.0\.0 still serves$/,
    );
    const signature = await sign(second, { key: keys.privateKey, detached: true });
    await plugin.swap(second, { signature });
  });

  test("knows a module without a manifest by its digest", async () => {
    const bytes = await wat('(func (export "add") (param i32) (result i32) (local.get 0))', {
      manifest: undefined,
    });
    const options = { contract: Counter, abi: assemblyscript() };
    const lock = { lockVersion: 1 as const, modules: { plain: { "0.0.0": entry(bytes) } } };
    expect((await failure(load(bytes, { ...options, lock }))).code).not.toBe("lock-differs");
    expect(await refused(load(bytes, { ...options, lock: lockOf() }))).toBe(
      `[lock-differs] could not load bytes: it has the SHA-256 ${hex(bytes)}, and no module in the lock has`,
    );
  });

  test("goes by the lock as it was when it was loaded, and takes no compiled module", async () => {
    const lock = lockOf();
    await using plugin = await load(Counter, first, { lock });
    (lock.modules as Record<string, unknown>).counter = {};
    await plugin.swap(second);
    const { modules } = parseLock(lockText(lockOf()));
    expect(() => Object.assign(modules.counter!, { "1.0.0": {} })).toThrow(TypeError);
    expect(() => Object.assign(modules.counter!["1.0.0"]!.signers, ["x"])).toThrow(TypeError);
    const compiled = await WebAssembly.compile(first as Uint8Array<ArrayBuffer>);
    expect(await refused(load(compiled, { lock: lockOf() }))).toBe(
      "[argument] could not load a compiled module: lock is of a module's bytes, and it came compiled; give its bytes",
    );
  });
});

describe("a lock file", () => {
  test("is read from disk, and its text is the same whatever the order of its modules", async () => {
    const path = join(folder(), "moult.lock");
    const { counter } = lockOf().modules;
    const lock: Lock = {
      lockVersion: 1,
      modules: { zebra: {}, counter: { "2.0.0": counter!["2.0.0"]!, "1.0.0": counter!["1.0.0"]! } },
    };
    const turned: Lock = { lockVersion: 1, modules: { counter: counter!, zebra: {} } };
    expect(lockText(lock)).toBe(lockText(turned));
    // Editors of Windows put a byte order mark before a text, and end its lines their own way.
    writeFileSync(path, `\ufeff${lockText(lock).replaceAll("\n", "\r\n")}`);
    await using plugin = await load(Counter, first, { lock: await lockFile(path) });
    expect(plugin.version).toBe("1.0.0");
    expect(lockText(parseLock(lockText(lock)))).toBe(lockText(lock));
  });

  test.each([
    ["as Windows' editors write it", (text: string) => `\ufeff${text.replaceAll("\n", "\r\n")}`],
    ["with a byte order mark", (text: string) => `\ufeff${text}`],
    ["with line ends of Windows", (text: string) => text.replaceAll("\n", "\r\n")],
  ])("is read %s", async (_, edited) => {
    const path = join(folder(), "moult.lock");
    writeFileSync(path, edited(lockText(lockOf())));
    expect(lockText(await lockFile(path))).toBe(lockText(lockOf()));
  });

  test("that is not there, or is no lock file, is named", async () => {
    const path = join(folder(), "moult.lock");
    expect(await refused(lockFile(path))).toBe(`[not-found] could not read ${path}: there is no such file`);
    writeFileSync(path, "{");
    expect(await refused(lockFile(path))).toMatch(
      /^\[bad-lock\] could not use .*moult\.lock: it is not JSON: .*; moult lock writes one$/,
    );
    writeFileSync(path, new Uint8Array(5_000_000));
    expect(await refused(lockFile(path))).toMatch(
      /: it has more than 4194304 bytes, the most that are read; moult lock writes one$/,
    );
    expect((await failure(lockFile(folder()))).code).toBe("unavailable");
  });

  const rows: readonly (readonly [what: unknown, why: string])[] = [
    [null, "wanted an object"],
    [[], "wanted an object"],
    [{}, "lockVersion: wanted 1: another version of moult may read it"],
    [{ lockVersion: 2, modules: {} }, "lockVersion: wanted 1: another version of moult may read it"],
    [{ lockVersion: 1, modules: [] }, "modules: wanted an object"],
    [{ lockVersion: 1, modules: {}, extra: 1 }, "found extra, which is unknown"],
    [{ lockVersion: 1, modules: { a: { "1.0.0": {} } } }, "modules.a.1.0.0.sha256: wanted a text"],
    [
      { lockVersion: 1, modules: { a: { "1.0.0": { sha256: "AB", permissions: [], signers: [] } } } },
      "modules.a.1.0.0.sha256: wanted 64 hexadecimal digits",
    ],
    [
      { lockVersion: 1, modules: { a: { b: { sha256: "0".repeat(64), permissions: [7], signers: [] } } } },
      "modules.a.b.permissions.0: wanted a text",
    ],
    [
      { lockVersion: 1, modules: { a: { b: { sha256: "0".repeat(64), permissions: [], signers: ["x"] } } } },
      "modules.a.b.signers.0: wanted the 32 bytes of a key in base64",
    ],
    [
      {
        lockVersion: 1,
        modules: {
          a: { b: { sha256: "0".repeat(64), permissions: new Array(10_001).fill(""), signers: [] } },
        },
      },
      "modules.a.b.permissions: wanted at most 10000",
    ],
    [{ lockVersion: 1, modules: { "\u202e": { b: 7 } } }, "modules.\\u{202e}.b: wanted an object"],
  ];
  test.each(rows)("of the form %o is refused", async (json, why) => {
    expect(await refused(() => parseLock(JSON.stringify(json), "moult.lock"))).toBe(
      `[bad-lock] could not use moult.lock: ${why}; moult lock writes one`,
    );
    expect(await refused(load(first, { lock: json as Lock }))).toBe(
      `[bad-lock] could not use the option lock: ${why}; moult lock writes one`,
    );
  });

  test("has a bound, of characters and of modules", async () => {
    expect(await refused(() => parseLock(" ".repeat(4_194_305)))).toBe(
      "[bad-lock] could not use a lock: it has 4194305 characters; at most 4194304 are read; moult lock writes one",
    );
    const modules = Object.fromEntries(
      Array.from({ length: 10_001 }, (_, i) => [`m${i}`, { "1.0.0": entry(first) }]),
    );
    expect(await refused(load(first, { lock: { lockVersion: 1, modules } }))).toContain(
      "it has 10001 modules; at most 10000 are read",
    );
  });

  test("with names of an object's own methods holds only its modules", async () => {
    const lock = parseLock('{"lockVersion":1,"modules":{"__proto__":{},"constructor":{}}}');
    for (const name of ["constructor", "to-string"]) {
      expect(await refused(load(await guest("counter", "1.0.0", name), { lock }))).toMatch(
        /^\[lock-differs\] /,
      );
    }
  });

  test("of random JSON is read or refused", async () => {
    await fc.assert(
      fc.property(fc.json(), (text) => {
        try {
          parseLock(text);
        } catch (error) {
          expect((error as Error).message).toMatch(
            /^\[bad-lock\] could not use a lock: .*; moult lock writes one$/,
          );
        }
      }),
    );
  });
});

test("what a module is, is read from its bytes", () => {
  expect(identityOf(signed("named"), "bytes")).toEqual({ name: "hand", version: "1.0.0", permissions: [] });
  expect(ONE.id).toHaveLength(24);
});
