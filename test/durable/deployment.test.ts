/** Another version is loaded after a crash: the kept one runs its calls again, and the given one takes its place. */
import { cpSync, lstatSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { recordFromBytes, recordToBytes } from "../../host/durable/log-bytes.ts";
import type { LogRecord } from "../../host/durable/log-record.ts";
import { assemblyscript } from "../../host/guest/assemblyscript/mod.ts";
import { capability, contract, load, type PluginError, type Store } from "../../host/mod.ts";
import { directoryOn } from "../../host/node/directory.ts";
import { disk } from "../../host/node/disk.ts";
import { directoryStore } from "../../host/node/mod.ts";
import { build } from "../assemblyscript/build.ts";
import { Chain, Desk, First, linked, Renamed, Second, START, type Version, wasmOf } from "./chain.ts";
import { flip, folder, leave, withoutModules } from "./folder.ts";
import { later } from "./later.ts";
import { crashed, recordedDisk, type Write } from "./recorded-disk.ts";

const Counter = contract("test:plain/counter@1", { add: { params: [z.int32()], returns: z.int32() } });

interface Given {
  readonly store: Store;
  readonly desk?: Desk;
}

async function asFirst(name: Version, { store, desk = new Desk() }: Given) {
  return load(First, await wasmOf(name), { grant: [desk.grant], store });
}

async function asSecond(name: Version, { store, desk = new Desk() }: Given) {
  return load(Second, await wasmOf(name), { grant: [desk.grant], store });
}

/** By what all versions have. */
async function asAny(name: Version, { store, desk = new Desk() }: Given) {
  return load(Chain, await wasmOf(name), { grant: [desk.grant], store });
}

/** A life of version 1 that ends as by a kill. @returns where it was, and its hash */
async function life(desk = new Desk()): Promise<{ readonly path: string; readonly hash: number }> {
  const path = folder();
  const first = await asFirst("one", { store: directoryStore(path), desk });
  await first.call.link(3);
  await first.call.stamped(9);
  const hash = await first.call.rated(4);
  leave(path);
  return { path, hash };
}

/** A life of version 1 that ends in the middle of its second call, which has had a stamp by then. @returns where */
async function interrupted(desk: Desk): Promise<string> {
  const [path, torn] = [folder(), folder()];
  const first = await asFirst("one", { store: directoryStore(path), desk });
  await first.call.link(3);
  const isFile = (name: string) => !lstatSync(name).isSocket();
  desk.onStamp = () => cpSync(path, torn, { recursive: true, filter: isFile });
  await first.call.stamped(9);
  desk.onStamp = () => {};
  await first.close();
  leave(torn);
  return torn;
}

async function codeOf(loading: Promise<unknown>): Promise<string> {
  return (
    await loading.then(
      () => ({ code: "served" }),
      (error) => error,
    )
  ).code;
}

/** A store that gives other records than it has. */
function altered(store: Store, change: (record: LogRecord) => LogRecord): Store {
  const { read } = store;
  store.read = () => {
    const kept = read.call(store) as { readonly records: Iterable<Uint8Array> };
    const bytes = [...kept.records].map((each) => recordToBytes(change(recordFromBytes(each) as LogRecord)));
    return { ...kept, records: bytes } as never;
  };
  return store;
}

/** The hashes that numbers lead to, one after the other. */
function hashing(by: "one" | "two" | "three"): (n: number) => number {
  let hash = START;
  return (n) => {
    hash = linked(hash, n, by);
    return hash;
  };
}

async function digestOf(name: Version): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", Buffer.from(await wasmOf(name))));
  return Buffer.from(bytes).toString("hex");
}

/** All files but the lock, as they are. */
function bytesIn(path: string): [name: string, text: string][] {
  return withoutModules(path)
    .filter((name) => name !== "LOCK")
    .map((name) => [name, readFileSync(join(path, name), "base64")]);
}

describe("a deployment over a crash", () => {
  it("F37: runs the calls again with the kept version, and lets the given one take its place", async () => {
    const path = folder();
    const desk = new Desk();
    const first = await asFirst("one", { store: directoryStore(path), desk });
    const { call } = first;
    const answers = [await call.link(3), await call.link(4), await call.stamped(9), await call.rated(9)];
    // The next version has no such function, and neither has its contract.
    answers.push(await call.twice(5));
    const hashes = [3, 4, 1, 10, 5, 5].map(hashing("one"));
    const hash = hashes.at(-1)!;
    expect(answers).toEqual([...hashes.slice(0, 4), hash]);
    await expect(first.call.broken(1)).rejects.toMatchObject({ code: "trapped" });
    leave(path);
    const next = await asSecond("two", { store: directoryStore(path), desk });
    expect([await next.call.count(), await next.call.hash(), await next.call.links()]).toEqual([6, hash, 6n]);
    expect(next.recovered).toEqual({ calls: 5, divergences: 0, torn: 0 });
    // What was asked then is not asked again.
    expect([desk.asked, desk.rates]).toEqual([1, 1]);
    expect([next.version, next.generation]).toEqual(["2.0.0", 2]);
    expect(next.history()).toMatchObject([
      {
        outcome: "swapped",
        from: { generation: 1, version: "1.0.0", digest: await digestOf("one") },
        to: { generation: 2, version: "2.0.0", digest: await digestOf("two") },
        way: "migrated",
        steps: ["ChainV1", "Chain"],
      },
    ]);
    const last = linked(hash, 6, "two");
    expect(await next.call.link(6)).toBe(last);
    leave(path);
    // From here on the store is the second version's alone.
    const again = await asSecond("two", { store: directoryStore(path), desk });
    expect([again.generation, again.recovered?.calls, await again.call.hash()]).toEqual([1, 3, last]);
    await again.close();
  });

  it("goes on with the call that was interrupted, by the version that began it", async () => {
    const desk = new Desk();
    const path = await interrupted(desk);
    const next = await asSecond("two", { store: directoryStore(path), desk });
    expect(next.recovered).toEqual({
      calls: 1,
      divergences: 0,
      torn: 0,
      interrupted: { name: "stamped", outcome: "resumed" },
    });
    expect(await next.call.hash()).toBe(linked(linked(START, 3, "one"), 1, "one"));
    // It was asked for again, by the name that it had.
    expect([desk.stamps.length, desk.asked]).toEqual([1, 2]);
    await next.close();
  });

  it("follows over several versions, each killed", async () => {
    const { path, hash } = await life();
    const next = await asAny("two", { store: directoryStore(path) });
    const two = await next.call.link(1);
    expect(two).toBe(linked(hash, 1, "two"));
    leave(path);
    const last = await asAny("three", { store: directoryStore(path) });
    expect([await last.call.count(), await last.call.link(2)]).toEqual([4, linked(two, 2, "three")]);
    await last.close();
  });

  it("needs no contract, and says how many calls answered otherwise than then", async () => {
    const { path, hash } = await life();
    // Its answer is not the one that was given.
    const store = altered(directoryStore(path), (record) =>
      record.kind === "end" && record.number === 1 ? { ...record, digest: 0 } : record,
    );
    const next = await load(await wasmOf("two"), { grant: [new Desk().grant], store });
    expect([next.recovered?.divergences, next.recovered?.calls]).toEqual([1, 3]);
    expect(await next.call.hash!()).toBe(hash);
    await next.close();
  });

  it("compares answers as callers see them, whatever else they want that the kept version does not have", async () => {
    const { own, grant } = { own: "test:chain/chain@1.0.0", grant: [new Desk().grant] };
    for (const [wanted, named] of [
      [Second, undefined],
      [Renamed, "test:chain/chain@2.0.0"],
    ] as const) {
      const path = folder();
      const one = await wasmOf("one", named && own);
      const first = await load(First, one, { grant, store: directoryStore(path) });
      await first.call.link(3);
      // The version answers more fields than its callers want.
      const { hash } = await first.call.look();
      await first.call.count();
      leave(path);
      const next = await load(wanted, await wasmOf("two", named), { grant, store: directoryStore(path) });
      expect(next.recovered).toMatchObject({ calls: 2, divergences: 0 });
      expect(await next.call.hash()).toBe(hash);
      await next.close();
    }
  });

  it("works with a store that answers later", async () => {
    const { path, hash } = await life();
    const grant = capability(
      "test:chain/desk@1",
      {
        rate: { params: [], returns: z.uint32(), kind: "read" },
        stamp: { params: [z.uint32()], returns: z.uint32(), kind: "read" },
      },
      () => ({ rate: () => 1, stamp: () => 1 }),
    );
    const next = await load(Second, await wasmOf("two"), {
      grant: [grant],
      store: later(directoryStore(path)),
    });
    expect(await next.call.hash()).toBe(hash);
    expect(next.history()).toMatchObject([{ outcome: "swapped" }]);
    await next.close();
  });

  it("works with modules of stock AssemblyScript, which say neither name nor version", async () => {
    const plain = (by: number) =>
      build(`
        export const Uint8Array_ID = idof<Uint8Array>();
        let n: i32 = 0;
        export function add(more: i32): i32 { n += more * ${by}; return n; }
        export function save(): Uint8Array {
          const bytes = new Uint8Array(4);
          store<i32>(bytes.dataStart, n);
          return bytes;
        }
        export function restore(bytes: Uint8Array): void { n = load<i32>(bytes.dataStart); }
      `);
    const path = folder();
    const abi = assemblyscript();
    const first = await load(Counter, await plain(1), { abi, store: directoryStore(path) });
    await first.call.add(5);
    leave(path);
    const next = await load(Counter, await plain(10), { abi, store: directoryStore(path) });
    expect([await next.call.add(1), next.generation, next.recovered?.interrupted?.outcome]).toEqual([
      15,
      2,
      "resumed",
    ]);
    await next.close();
  });
});

describe("a deployment that is refused", () => {
  it("leaves all to the version before, which works on; mended, it takes its place", async () => {
    const digest = await digestOf("one");
    const refusals: readonly (readonly [Version, string, string])[] = [
      [
        "two-refusing",
        "failed-check",
        "chain 2.0.0 finds its state wrong: it does not like what it was given",
      ],
      [
        "two-without-way",
        "incompatible-state",
        "the state does not cross to chain 2.0.0: no way leads from the state of chain 1.0.0 to chain 2.0.0: count: the new version has no such field; hash: the new version has no such field. It has no steps",
      ],
    ];
    for (const [name, code, why] of refusals) {
      const desk = new Desk();
      const { path, hash } = await life(desk);
      const text = `[${code}] could not load chain 2.0.0 from the directory ${path}: 3 calls in its journal were answered by version 1.0.0 (SHA-256 ${digest}), whose place this one cannot take: ${why}; nothing is lost: load that version and swap later, or mend this one`;
      // However often it is tried.
      for (let n = 0; n < 5; n++) {
        const error: PluginError = await asAny(name, { store: directoryStore(path), desk }).catch(
          (error) => error,
        );
        expect([error.code, error.message.split("\n\n")[0]]).toEqual([code, text]);
      }
      const before = await asFirst("one", { store: directoryStore(path), desk });
      expect([await before.call.count(), await before.call.hash()]).toEqual([3, hash]);
      const one = await before.call.link(8);
      expect(one).toBe(linked(hash, 8, "one"));
      leave(path);
      const next = await asSecond("two", { store: directoryStore(path), desk });
      expect([await next.call.count(), await next.call.hash(), desk.asked]).toEqual([4, one, 1]);
      await next.close();
    }
  });

  it("runs no call and touches no file where that is known beforehand", async () => {
    const desk = new Desk();
    const path = await interrupted(desk);
    const before = bytesIn(path);
    const store = () => directoryStore(path);
    const codes = [
      await codeOf(asAny("two-without-way", { store: store(), desk })),
      await codeOf(asFirst("two", { store: store(), desk })),
      await codeOf(load(Chain, await wasmOf("two"), { store: store() })),
    ];
    expect(codes).toEqual(["incompatible-state", "mismatch", "missing-grant"]);
    expect(bytesIn(path)).toEqual(before);
    expect(desk.asked).toBe(1);
  });

  it("touches no file either where no call was interrupted", async () => {
    const { path } = await life();
    const before = bytesIn(path);
    expect(await codeOf(asAny("two-refusing", { store: directoryStore(path) }))).toBe("failed-check");
    expect(bytesIn(path)).toEqual(before);
  });

  it("on a full disk leaves the version before", async () => {
    const { path, hash } = await life();
    let full = true;
    const store = directoryOn(path, {
      disk: {
        ...disk,
        rename(from, to) {
          if (full && to.endsWith(".journal")) throw new Error("ENOSPC: no space left");
          disk.rename(from, to);
        },
      },
    });
    await expect(asSecond("two", { store })).rejects.toMatchObject({
      code: "store-failed",
      phase: "commit",
      record: { outcome: "refused", from: { generation: 1 }, to: { generation: 2 } },
      message: expect.stringContaining(
        `whose place this one cannot take: could not write a snapshot to the directory ${path}: ENOSPC: no space left; nothing is lost`,
      ),
    });
    const before = await asFirst("one", { store: directoryStore(path) });
    expect(await before.call.hash()).toBe(hash);
    leave(path);
    full = false;
    const next = await asSecond("two", { store });
    expect(await next.call.hash()).toBe(hash);
    await next.close();
  });
});

describe("a kept version", () => {
  let digest: string;
  beforeAll(async () => {
    digest = await digestOf("one");
  });

  it("that wants what this host does not grant any more is named, with that", async () => {
    const { path, hash } = await life();
    const Desk2 = capability(
      "test:chain/desk@1",
      { stamp: { params: [z.uint32()], returns: z.uint32() } },
      () => ({ stamp: () => 1 }),
    );
    const loaded = load(Second, await wasmOf("two"), { grant: [Desk2], store: directoryStore(path) });
    await expect(loaded).rejects.toMatchObject({
      code: "bad-grant",
      message: `[bad-grant] could not load chain 2.0.0 from the directory ${path}: 3 calls in its journal were answered by version 1.0.0 (SHA-256 ${digest}), which is kept there and could not run them again: could not load chain 1.0.0: test:chain/desk@1.0.0: the grant has no function rate; its files are as they were`,
    });
    const next = await asSecond("two", { store: directoryStore(path) });
    expect(await next.call.hash()).toBe(hash);
    await next.close();
  });

  it("that is gone or damaged leaves the ways that there were before", async () => {
    for (const harm of [(name: string) => rmSync(name), (name: string) => flip(name, -1)]) {
      const { path, hash } = await life();
      harm(join(path, `module-${digest}.wasm`));
      const store = directoryStore(path);
      await expect(asSecond("two", { store })).rejects.toMatchObject({
        code: "bad-store",
        message: `[bad-store] could not load chain 2.0.0 from the directory ${path}: 3 calls in its journal were answered by version 1.0.0 (SHA-256 ${digest}), and only that code can run them again; it is not kept there; load that version and close it, or swap it to this one: either writes a snapshot`,
      });
      const before = await asFirst("one", { store: directoryStore(path) });
      expect(await before.call.hash()).toBe(hash);
      await before.swap(await wasmOf("two-refusing")).catch(() => {});
      await before.close();
    }
  });

  it("is the one that answered the calls, or is not run", async () => {
    const { path } = await life();
    const store = directoryStore(path);
    const { read } = store;
    const [other, found] = [await wasmOf("three"), await digestOf("three")];
    store.read = () => ({ ...(read.call(store) as object), module: other }) as never;
    await expect(asSecond("two", { store })).rejects.toMatchObject({
      code: "bad-store",
      message: expect.stringMatching(
        new RegExp(
          `could not run them again: the module in the directory ${path} has the SHA-256 ${found}; its files are as they were$`,
        ),
      ),
    });
  });

  it("whose calls cannot be run again says which", async () => {
    const { path } = await life();
    const journal = join(path, "0000000001.journal");
    const store = altered(directoryStore(path), (record) =>
      record.kind === "call" && record.number === 2 ? { ...record, name: "stomped" } : record,
    );
    const before = readFileSync(journal);
    await expect(asSecond("two", { store })).rejects.toMatchObject({
      code: "unreplayable",
      message: expect.stringMatching(
        /which is kept there and could not run them again: call 2 of 3 since the snapshot, stomped, could not be run again: .*; its files are as they were$/,
      ),
    });
    expect(readFileSync(journal)).toEqual(before);
  });

  it("that traps while its state is saved is there again for the next start, also where it would restart", async () => {
    const plain = (save: string) =>
      build(`
        export const Uint8Array_ID = idof<Uint8Array>();
        let n: i32 = 0;
        export function add(more: i32): i32 { n += more; return n; }
        export function save(): Uint8Array {
          ${save}
          const bytes = new Uint8Array(4);
          store<i32>(bytes.dataStart, n);
          return bytes;
        }
        export function restore(bytes: Uint8Array): void { n = load<i32>(bytes.dataStart); }
      `);
    const [path, abi] = [folder(), assemblyscript()];
    const one = await plain('if (n == 13) throw new Error("unlucky");');
    const two = await plain("");
    const options = { abi, afterTrap: "restart" } as const;
    const first = await load(Counter, one, { ...options, store: directoryStore(path) });
    await first.call.add(13);
    leave(path);
    await expect(load(Counter, two, { ...options, store: directoryStore(path) })).rejects.toMatchObject({
      code: "failed-save",
      message: expect.stringContaining("whose place this one cannot take: "),
    });
    const before = await load(Counter, one, { ...options, store: directoryStore(path) });
    expect(await before.call.add(1)).toBe(14);
    await before.close();
    const next = await load(Counter, two, { ...options, store: directoryStore(path) });
    expect(await next.call.add(1)).toBe(15);
    await next.close();
  });
});

describe("a crash in its middle", () => {
  /** What was written until a call of version 1 was interrupted in its effect, and then by the deployment. */
  async function story(fsync: "always" | "never", desk: Desk) {
    const before: Write[] = [];
    const first = await asFirst("one", {
      store: directoryOn(folder(), { fsync, disk: recordedDisk((write) => before.push(write)) }),
      desk,
    });
    await first.call.link(3);
    let at = 0;
    desk.onStamp = () => {
      at = before.length;
    };
    await first.call.stamped(9);
    desk.onStamp = () => {};
    await first.close();
    before.length = at;
    const path = folder();
    crashed(path, before, {});
    const during: Write[] = [];
    const next = await asSecond("two", {
      store: directoryOn(path, { fsync, disk: recordedDisk((write) => during.push(write)) }),
      desk,
    });
    const told = during.length;
    await next.close();
    return { before, during: during.slice(0, told) };
  }

  const hash = linked(linked(START, 3, "one"), 1, "one");

  async function recovers(
    writes: readonly Write[],
    how: { readonly cut?: number; readonly power?: boolean },
    desk: Desk,
  ) {
    const [path, copy] = [folder(), folder()];
    for (const each of [path, copy]) crashed(each, writes, how);
    // Whichever version has it, all of it is there, and the other one has nothing of it.
    const served = await asFirst("one", { store: directoryStore(copy, { fsync: "never" }), desk }).then(
      async (first) => {
        const found = [await first.call.count(), await first.call.hash()];
        await first.close();
        return found;
      },
      (error) => error.code,
    );
    expect([[2, hash], "incompatible-state"]).toContainEqual(served);
    const next = await asSecond("two", { store: directoryStore(path, { fsync: "never" }), desk });
    expect([await next.call.count(), await next.call.hash()]).toEqual([2, hash]);
    expect(await next.call.link(5)).toBe(linked(hash, 5, "two"));
    expect(desk.stamps).toHaveLength(1);
    await next.close();
    return served === "incompatible-state";
  }

  it("F30: at any write of a deployment, whole or torn, leaves one of both versions with every call", async () => {
    const desk = new Desk();
    const { before, during } = await story("never", desk);
    const deployed: boolean[] = [];
    for (const [at, write] of during.entries()) {
      deployed.push(await recovers([...before, ...during.slice(0, at)], {}, desk));
      if (write.op !== "write") continue;
      for (const cut of [1, write.bytes.length >> 1, write.bytes.length - 1])
        await recovers([...before, ...during.slice(0, at + 1)], { cut }, desk);
    }
    // Once it is deployed it stays so.
    expect(deployed.indexOf(true)).toBeGreaterThan(5);
    expect(deployed.slice(deployed.indexOf(true))).not.toContain(false);
  });

  it("at any power cut, with fsync always", async () => {
    const desk = new Desk();
    const { before, during } = await story("always", desk);
    for (let at = 0; at <= during.length; at++)
      await recovers([...before, ...during.slice(0, at)], { power: true }, desk);
  });
});
