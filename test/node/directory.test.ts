/** The directory store by itself: what it is given are bytes, and it gives the same back. */
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Store, StoredState } from "../../host/mod.ts";
import { type DiskedOptions, directoryOn } from "../../host/node/directory.ts";
import { type Disk, disk } from "../../host/node/disk.ts";
import { type DirectoryOptions, directoryStore } from "../../host/node/mod.ts";
import { files, flip, folder, leave } from "../durable/folder.ts";
import { crashed, recordedDisk, type Write } from "../durable/recorded-disk.ts";
import * as old from "./version-1.ts";

const bytes = (text: string) => Buffer.from(text, "latin1");
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
const FIRST = "0000000001.journal";

async function opened(path: string, options: DiskedOptions = {}): Promise<Store> {
  const store = directoryOn(path, options);
  await store.open();
  return store;
}

/** With a snapshot and two appends. */
async function begun(path = folder(), options: DiskedOptions = {}) {
  const store = await opened(path, options);
  await store.begin(bytes("snapshot 1"), bytes("head 1"));
  store.append([bytes("a")]);
  store.append([bytes("b"), bytes("c")]);
  return { path, store };
}

/** What it holds, as text. */
async function held(store: Store) {
  const kept = (await store.read()) as (StoredState & { readonly records: Iterable<Uint8Array> }) | undefined;
  if (!kept) return undefined;
  const { snapshot, records, module, torn } = kept;
  return {
    snapshot: text(snapshot),
    records: [...records].map(text),
    ...(module && { module: text(module) }),
    torn,
  };
}

async function reopened(path: string, options: DiskedOptions = {}) {
  const store = await opened(path, options);
  try {
    return await held(store);
  } finally {
    await store.close();
  }
}

const message = async (work: () => unknown) => {
  try {
    await work();
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
};

/** What a test that runs in a sandbox itself is told besides. */
const isOfLock = (text: string) => text.includes("/proc cannot be read");
const warnings = (store: Store) => store.warnings!.filter((text) => !isOfLock(text));
let emitted: string[] = [];
beforeEach(() => {
  emitted = [];
  vi.spyOn(process, "emitWarning").mockImplementation((text, type) => {
    if (!isOfLock(String(text))) emitted.push(`${type}: ${text}`);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("a directory store", () => {
  it("gives back what it was given, as often as it is read, until it begins anew", async () => {
    const { path, store } = await begun();
    const kept = (await store.read())!;
    const read = () => [...(kept.records as Iterable<Uint8Array>)].map(text);
    expect([read(), read()]).toEqual([
      ["head 1", "a", "b", "c"],
      ["head 1", "a", "b", "c"],
    ]);
    store.append([bytes("d")]);
    expect(read()).toEqual(["head 1", "a", "b", "c"]);
    store.begin(bytes("snapshot 2"), bytes("head 2"));
    expect(read).toThrow("the journal was closed, or replaced, since it was read");
    await store.close();
    expect(await reopened(path)).toEqual({ snapshot: "snapshot 2", records: ["head 2"], torn: 0 });
  });

  it("takes back what the last appends wrote, and goes on from there", async () => {
    const { path, store } = await begun();
    store.append([bytes("d")]);
    store.retract!(2);
    expect((await held(store))?.records).toEqual(["head 1", "a"]);
    store.append([bytes("e")]);
    store.append([bytes("f")]);
    store.retract!(1);
    store.append([bytes("g"), bytes("h")]);
    await store.close();
    expect(await reopened(path)).toMatchObject({ records: ["head 1", "a", "e", "g", "h"], torn: 0 });
  });

  it("that has taken something back is whole after a power cut at any write", async () => {
    for (const fsync of ["always", "interval", "never"] as const) {
      const writes: Write[] = [];
      const disk = recordedDisk((write) => writes.push(write));
      const { store } = await begun(undefined, { disk, fsync });
      const from = writes.length;
      for (const each of ["d", "e"]) store.append([bytes(each)]);
      const to = writes.length;
      store.retract!(2);
      const taken = writes.length;
      store.append([bytes("f")]);
      const end = writes.length;
      await store.close();
      const firm = ["head 1", "a", "b", "c"];
      for (let at = from; at <= end; at++) {
        const path = folder();
        crashed(path, writes.slice(0, at), { power: fsync === "always" });
        const found = await reopened(path, { fsync: "never" });
        const records = found!.records;
        expect(records.slice(0, 4), `${fsync}, ${at}`).toEqual(firm);
        if (at === to) expect(records).toEqual([...firm, "d", "e"]);
        if (at >= taken)
          expect(records.slice(4)).toEqual(at === end ? ["f"] : records.length > 4 ? ["f"] : []);
      }
    }
  });

  it("is for its owner alone, and leaves the folders above it and one that is there as they are", async () => {
    const path = join(folder(), "above", "store");
    const { store } = await begun(path);
    await store.close();
    const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
    const own = join(folder(), "own");
    mkdirSync(own, { mode: 0o750 });
    await (await opened(own)).close();
    if (process.platform !== "win32") {
      expect([mode(path), mode(own), mode(join(path, FIRST))]).toEqual(["700", "750", "600"]);
      expect(mode(dirname(path))).not.toBe("700");
    }
  });

  it("has the names of new folders on the disk before anything is in them", async () => {
    const told: string[] = [];
    const recorded = recordedDisk(({ op, path }) => told.push(`${op} ${path}`));
    const top = folder();
    const path = join(top, "a", "b");
    const store = await opened(path, { disk: recorded });
    expect(told).toEqual([`sync-folder ${join(top, "a")}`, `sync-folder ${top}`]);
    await store.close();
    told.length = 0;
    await (await opened(path, { disk: recorded })).close();
    await (await opened(join(top, "c"), { disk: recorded, fsync: "never" })).close();
    expect(told).toEqual([]);
  });

  it("takes no offence at what systems leave in any folder", async () => {
    const path = folder();
    const theirs = [".DS_Store", ".Trash-0", "desktop.ini", "Thumbs.db", "lost+found"];
    for (const name of theirs) writeFileSync(join(path, name), "");
    const { store } = await begun(path);
    await store.close();
    expect(files(path)).toEqual(expect.arrayContaining(theirs));
  });

  it("is made of a path or a URL, and of no options that mean nothing", async () => {
    const path = folder();
    for (const each of [path, `${path}/`, pathToFileURL(path), pathToFileURL(path).href]) {
      expect(directoryStore(each).name).toBe(`the directory ${path}`);
    }
    expect(directoryStore("store").name).toBe(`the directory ${join(process.cwd(), "store")}`);
    const could = `[argument] could not keep a plugin in the directory ${path}: its`;
    for (const [options, told] of [
      [{ fsync: "sometimes" }, 'fsync is sometimes, wanted "always", "interval" or "never"'],
      [{ interval: Number.NaN }, "interval is NaN, wanted milliseconds, at most a day"],
      [{ interval: -1 }, "interval is -1, wanted milliseconds, at most a day"],
      [{ interval: Number.POSITIVE_INFINITY }, "interval is Infinity, wanted milliseconds, at most a day"],
      [{ checkpoint: { calls: 0 } }, "checkpoint.calls is 0, wanted a number above 0"],
      [{ checkpoint: { bytes: Number.NaN } }, "checkpoint.bytes is NaN, wanted a number above 0"],
    ] as const) {
      expect(await message(() => directoryStore(path, options as DirectoryOptions))).toBe(`${could} ${told}`);
    }
    expect(await message(() => directoryStore(new URL("https://example.com/")))).toMatch(
      /^\[argument\] could not keep a plugin in a directory: /,
    );
    expect(await message(() => directoryStore(7 as never))).toMatch(/^\[argument\] could not keep a plugin/);
  });

  it("is a plain object, of which another store can be made", async () => {
    const path = folder();
    const written: string[] = [];
    const inner = directoryStore(path);
    const store: Store = {
      ...inner,
      append(records) {
        written.push(...records.map(text));
        return inner.append(records);
      },
    };
    await store.open();
    await store.begin(bytes("snapshot 1"), bytes("head 1"));
    await store.append([bytes("a")]);
    expect([written, (await held(store))?.records]).toEqual([["a"], ["head 1", "a"]]);
    await store.close();
  });

  it("is let go of when it could not be opened in the end", async () => {
    let broken = true;
    const store = directoryOn(join(folder(), "store"), {
      disk: {
        ...disk,
        syncFolder() {
          if (broken) throw new Error("EIO");
        },
      },
    });
    expect(await message(() => store.open())).toBe("EIO");
    broken = false;
    await store.open();
    await store.close();
  });

  it("is not written to before it is opened, begun or read", async () => {
    const store = directoryStore(folder());
    expect(await message(() => store.append([bytes("a")]))).toMatch(/^nothing was begun or read/);
    expect(await message(() => store.begin(bytes("s"), bytes("h")))).toBe("it is not open");
    await store.open();
    expect(await message(() => store.append([bytes("a")]))).toMatch(/^nothing was begun or read/);
    store.append([]);
    store.begin(bytes("s"), bytes("h"));
    await store.close();
    expect(await message(() => store.append([bytes("a")]))).toMatch(/^nothing was begun or read/);
  });

  it("is open once, also for the one object, and can be opened again when it was closed", async () => {
    const { store } = await begun();
    expect(await message(() => store.open())).toContain(
      `[store-locked] could not open ${store.name}: process`,
    );
    store.append([bytes("d")]);
    await store.close();
    await store.open();
    expect((await held(store))?.records).toEqual(["head 1", "a", "b", "c", "d"]);
    await store.close();
  });
});

describe("a journal of version 1", () => {
  it("is read, and goes on in the newest version with the first record that is added", async () => {
    const path = folder();
    old.writeVersion1(path, bytes("torn"));
    const store = await opened(path);
    const kept = (await held(store))!;
    expect(kept).toMatchObject({ snapshot: text(old.snapshot), torn: 4 });
    const json = kept.records.map((record) => record.slice(4));
    expect(json).toEqual(old.RECORDS.map((start) => expect.stringContaining(start)));
    expect(readFileSync(join(path, FIRST))).toEqual(Buffer.concat([old.journal, bytes("torn")]));
    store.append([bytes("added"), bytes("more")]);
    expect(readFileSync(join(path, FIRST)).readUInt32LE(8)).toBe(2);
    store.append([bytes("again")]);
    expect((await held(store))?.records).toEqual([...kept.records, "added", "more", "again"]);
    await store.close();
    expect(await reopened(path)).toEqual({
      ...kept,
      records: [...kept.records, "added", "more", "again"],
      torn: 0,
    });
    expect(files(path)).toEqual(["0000000001.avro", FIRST]);
  });

  it("is there as it was, or in the newest version, after a crash at every write of that", async () => {
    const path = folder();
    old.writeVersion1(path);
    const writes: Write[] = [];
    const store = await opened(path, { disk: recordedDisk((write) => writes.push(write)) });
    const records = (await held(store))!.records;
    writes.length = 0;
    store.append([bytes("added")]);
    await store.close();
    for (const power of [false, true]) {
      for (let at = 0; at <= writes.length; at++) {
        const folders = folder();
        old.writeVersion1(folders);
        crashed(folders, writes.slice(0, at), { power });
        const found = (await reopened(folders))!.records;
        expect([records, [...records, "added"]]).toContainEqual(found);
        if (at === writes.length) expect(found).toContain("added");
      }
    }
  });

  it("is joined with the snapshot that is there: it does not say with which", async () => {
    const path = folder();
    old.writeVersion1(path);
    writeFileSync(join(path, "0000000001.avro"), "another");
    expect(await reopened(path)).toMatchObject({ snapshot: "another" });
  });
});

describe("a module", () => {
  it("is kept once, under its digest, for as long as the journal's calls are its own", async () => {
    const path = folder();
    const writes: string[] = [];
    const recorded = recordedDisk(({ op, path }) => {
      if (op === "write" && path.includes("module")) writes.push(path);
    });
    const store = await opened(path, { disk: recorded });
    const [one, two] = [bytes("module one"), bytes("module two")];
    const modules = () => readdirSync(path).filter((name) => name.startsWith("module-"));
    store.begin(bytes("snapshot 1"), bytes("head 1"), one);
    expect([modules().length, writes.length]).toEqual([1, 1]);
    expect(modules()[0]).toMatch(/^module-[0-9a-f]{64}\.wasm$/);
    store.begin(bytes("snapshot 2"), bytes("head 2"), one);
    store.begin(bytes("snapshot 3"), bytes("head 3"), Buffer.from(one));
    expect([modules().length, writes.length]).toEqual([1, 1]);
    expect(await held(store)).toMatchObject({ snapshot: "snapshot 3", module: "module one" });
    store.begin(bytes("snapshot 4"), bytes("head 4"), two);
    expect([modules().length, writes.length]).toEqual([1, 2]);
    expect(await held(store)).toMatchObject({ snapshot: "snapshot 4", module: "module two" });
    await store.close();
    expect(await reopened(path)).toMatchObject({ module: "module two" });
    const last = await opened(path);
    await last.read();
    last.begin(bytes("snapshot 5"), bytes("head 5"));
    expect(modules()).toEqual([]);
    expect(await held(last)).toEqual({ snapshot: "snapshot 5", records: ["head 5"], torn: 0 });
    await last.close();
  });

  it("that is gone or damaged is not given back, and the store says so: its own version can be loaded", async () => {
    for (const [harm, what] of [
      [(file: string) => rmSync(file), "is gone"],
      [(file: string) => flip(file, 0), "is damaged"],
    ] as const) {
      const path = folder();
      const store = await opened(path);
      store.begin(bytes("snapshot 1"), bytes("head 1"), bytes("module one"));
      await store.close();
      const name = files(path).find((name) => name.startsWith("module-"))!;
      harm(join(path, name));
      const again = await opened(path);
      expect(await held(again)).toEqual({ snapshot: "snapshot 1", records: ["head 1"], torn: 0 });
      const warning = `${name} ${what}: only the version that answered the calls in ${FIRST} can be loaded`;
      expect(warnings(again)).toEqual([warning]);
      expect(emitted).toContain(`StoreWarning: ${again.name}: ${warning}`);
      // One that is whole takes its place.
      again.begin(bytes("snapshot 2"), bytes("head 2"), bytes("module one"));
      expect(await held(again)).toMatchObject({ snapshot: "snapshot 2", module: "module one" });
      expect(warnings(again)).toEqual([]);
      await again.close();
    }
  });
});

describe("a snapshot and a journal", () => {
  it("of different times are never joined", async () => {
    const [one, two] = [folder(), folder()];
    for (const [path, version] of [
      [one, "1.0.0"],
      [two, "2.0.0"],
    ] as const) {
      const store = await opened(path);
      store.begin(bytes(`snapshot of ${version}`), bytes(`head of ${version}`));
      await store.close();
    }
    cpSync(join(two, "0000000001.avro"), join(one, "0000000001.avro"));
    expect(await message(() => reopened(one))).toBe(
      "[bad-store] 0000000001.avro is not the snapshot that 0000000001.journal begins with: it is damaged, or of another time",
    );
    cpSync(join(two, FIRST), join(one, FIRST));
    expect(await reopened(one)).toMatchObject({ snapshot: "snapshot of 2.0.0", records: ["head of 2.0.0"] });
  });

  it("of which the journal was removed are no empty store", async () => {
    const { path, store } = await begun();
    await store.close();
    rmSync(join(path, FIRST));
    expect(await message(() => reopened(path))).toBe("[bad-store] found 0000000001.avro and no journal");
    expect(files(path)).toEqual(["0000000001.avro"]);
  });
});

describe("a beginning", () => {
  /** Three of them, each with a module of its own. */
  async function written() {
    const writes: Write[] = [];
    /** How many writes there were when each was done. */
    const done: number[] = [];
    const store = await opened(folder(), { disk: recordedDisk((write) => writes.push(write)) });
    for (const n of [1, 2, 3]) {
      store.begin(bytes(`snapshot ${n}`), bytes(`head ${n}`), bytes(`module ${n}`));
      done.push(writes.length);
    }
    await store.close();
    return { writes, done };
  }

  async function isWhole(path: string, done: readonly number[], at: number) {
    const found = await reopened(path);
    const before = done.filter((count) => count <= at).length;
    const whole = (n: number) =>
      n === 0
        ? undefined
        : { snapshot: `snapshot ${n}`, records: [`head ${n}`], module: `module ${n}`, torn: 0 };
    // One that has come about counts, and the next may.
    expect([whole(before), whole(before + 1)], `write ${at}`).toContainEqual(found);
    expect(emitted).toEqual([]);
  }

  it("is there with its module or not at all, after a crash at every write of it", async () => {
    const { writes, done } = await written();
    for (let at = 0; at <= writes.length; at++) {
      for (const cut of writes[at - 1]?.op === "write" ? [undefined, 0, 5] : [undefined]) {
        const path = folder();
        crashed(path, writes.slice(0, at), { cut });
        await isWhole(path, done, cut === undefined ? at : at - 1);
      }
    }
  });

  it("is so after a power cut too, whichever of the names that were not synced are on the disk", async () => {
    const { writes, done } = await written();
    for (let at = 0; at <= writes.length; at++) {
      let [sets, n] = [1, 0];
      do {
        const set = n;
        const path = folder();
        const unsynced = crashed(path, writes.slice(0, at), {
          power: true,
          survives: (name) => ((set >> name) & 1) === 1,
        });
        sets = 2 ** unsynced;
        await isWhole(path, done, at);
      } while (++n < sets);
    }
  });

  it("that fails at any write leaves what was, and no file behind", async () => {
    for (let at = 0; ; at++) {
      let left = Number.POSITIVE_INFINITY;
      const fail = (error = new Error("ENOSPC: no space left on device")) => {
        if (left-- === 0) throw error;
      };
      const { path, store } = await begun(undefined, { disk: recordedDisk(() => fail()) });
      const before = files(path);
      left = at;
      const outcome = await message(() =>
        store.begin(bytes("snapshot 2"), bytes("head 2"), bytes("module 2")),
      );
      const failed = left < 0;
      left = Number.POSITIVE_INFINITY;
      if (outcome === "no error") {
        // What it failed at was the removal of what was before.
        expect(failed ? readdirSync(path).length : files(path).length).toBeGreaterThanOrEqual(3);
        await store.close();
        if (!failed) break;
        expect(await reopened(path)).toMatchObject({ snapshot: "snapshot 2", module: "module 2" });
        continue;
      }
      expect(outcome).toBe("ENOSPC: no space left on device");
      expect(files(path).filter((name) => !name.startsWith("module-"))).toEqual(before);
      store.append([bytes("d")]);
      await store.close();
      expect(await reopened(path)).toEqual({
        snapshot: "snapshot 1",
        records: ["head 1", "a", "b", "c", "d"],
        torn: 0,
      });
    }
  });

  it("that fails as the first leaves an empty directory", async () => {
    for (let at = 0; ; at++) {
      let left = at;
      const path = folder();
      const store = await opened(path, {
        disk: recordedDisk(() => {
          if (left-- === 0) throw new Error("EIO");
        }),
      });
      const outcome = await message(() => store.begin(bytes("snapshot 1"), bytes("head 1")));
      left = Number.POSITIVE_INFINITY;
      await store.close();
      if (outcome === "no error") break;
      expect(await reopened(path)).toBeUndefined();
    }
  });

  it("that counts and cannot be taken back ends what is written to the journal before it", async () => {
    let broken = false;
    const failing: Disk = {
      ...disk,
      syncFolder() {
        if (broken) throw new Error("EIO: i/o error, fsync");
      },
      rename(from, to) {
        if (broken && to.endsWith(".journal.part")) throw new Error("EIO: i/o error, rename");
        disk.rename(from, to);
      },
    };
    // Only the second folder sync fails: the first comes before anything counts.
    let syncs = 0;
    const { path, store } = await begun(undefined, {
      disk: {
        ...failing,
        syncFolder(path) {
          broken = ++syncs === 5;
          failing.syncFolder(path);
        },
      },
    });
    syncs = 3;
    expect(await message(() => store.begin(bytes("snapshot 2"), bytes("head 2")))).toBe(
      "EIO: i/o error, fsync",
    );
    expect(await message(() => store.append([bytes("d")]))).toBe(
      "0000000002.journal was written, and could not be taken back",
    );
    broken = false;
    await store.close();
    expect(await reopened(path)).toMatchObject({ snapshot: "snapshot 2", records: ["head 2"] });
  });
});

describe("a directory that is this process's no more", () => {
  // Every look is an old one by the next.
  let now = 0;
  beforeEach(() => {
    vi.spyOn(performance, "now").mockImplementation(() => ++now * 2);
  });
  const took = (path: string) => {
    rmSync(join(path, "LOCK"));
    writeFileSync(join(path, "LOCK"), JSON.stringify({ pid: 7, token: "0123456789", host: "other" }));
  };
  const harms: readonly (readonly [string, (path: string) => void, RegExp])[] = [
    [
      "removed",
      (path) => rmSync(path, { recursive: true }),
      /^\[store-failed\] .*: it was removed or moved$/,
    ],
    ["moved", (path) => renameSync(path, `${path}-2`), /^\[store-failed\] .*: it was removed or moved$/],
    [
      "without its LOCK",
      (path) => rmSync(join(path, "LOCK")),
      /^\[store-locked\] .*: its file LOCK is gone, so it may be another process's now$/,
    ],
    [
      "taken by another",
      took,
      /^\[store-locked\] .*: process 7 on other took it, so it may be another process's now$/,
    ],
    [
      "without its journal",
      (path) => rmSync(join(path, FIRST)),
      /^\[store-failed\] .*: 0000000001\.journal was removed, or written to by another$/,
    ],
    [
      "with another journal",
      (path) => {
        renameSync(join(path, FIRST), join(path, "kept"));
        cpSync(join(path, "kept"), join(path, FIRST));
        rmSync(join(path, "kept"));
      },
      /^\[store-failed\] .*: 0000000001\.journal was removed, or written to by another$/,
    ],
  ];

  it.each(harms)(
    "%s: nothing is acknowledged, then or later, and nothing is begun",
    async (_, harm, told) => {
      const { path, store } = await begun();
      harm(path);
      for (let n = 0; n < 2; n++) expect(await message(() => store.append([bytes("d")]))).toMatch(told);
      const there = existsSync(path) ? files(path) : [];
      expect(await message(() => store.begin(bytes("snapshot 2"), bytes("head 2")))).toMatch(told);
      expect(await message(() => store.read())).toMatch(told);
      expect(existsSync(path) ? files(path) : []).toEqual(there);
      await store.close();
    },
  );

  const unlinking = harms.filter(([what]) => what !== "moved");
  it.each(unlinking)("%s while it is written to: that is not acknowledged", async (_, harm, told) => {
    let now: (() => void) | undefined;
    const { path, store } = await begun(undefined, {
      disk: recordedDisk(({ op }) => {
        if (op !== "sync") return;
        now?.();
        now = undefined;
      }),
    });
    now = () => harm(path);
    expect(await message(() => store.append([bytes("d")]))).toMatch(told);
    await store.close();
  });

  it("moved while it is written to: that is in the directory, and no more is written", async () => {
    let now: (() => void) | undefined;
    const { path, store } = await begun(undefined, {
      disk: recordedDisk(({ op }) => {
        if (op !== "sync") return;
        now?.();
        now = undefined;
      }),
    });
    now = () => renameSync(path, `${path}-2`);
    store.append([bytes("d")]);
    expect(await message(() => store.append([bytes("e")]))).toMatch(/: it was removed or moved$/);
    await store.close();
    rmSync(join(`${path}-2`, "LOCK"));
    expect((await reopened(`${path}-2`))?.records).toEqual(["head 1", "a", "b", "c", "d"]);
  });

  it("taken while a snapshot is written: it does not count, and the other's files are as they are", async () => {
    let now: (() => void) | undefined;
    const { path, store } = await begun(undefined, {
      disk: recordedDisk(({ op }) => {
        if (op !== "sync-folder") return;
        now?.();
        now = undefined;
      }),
    });
    now = () => took(path);
    expect(await message(() => store.begin(bytes("snapshot 2"), bytes("head 2")))).toMatch(
      /process 7 on other took it/,
    );
    await store.close();
    expect(files(path).filter((name) => !name.endsWith(".part"))).toEqual(["0000000001.avro", FIRST, "LOCK"]);
    leave(path);
    rmSync(join(path, "LOCK"));
    expect(await reopened(path)).toMatchObject({ records: ["head 1", "a", "b", "c"] });
  });

  it("is written to by one process only, of two that had it after each other", async () => {
    const { path, store } = await begun();
    leave(path);
    const second = await opened(path);
    expect((await held(second))?.records).toEqual(["head 1", "a", "b", "c"]);
    second.append([bytes("d")]);
    expect(await message(() => store.append([bytes("lost")]))).toMatch(/process \d+ on .* took it/);
    await second.close();
    expect((await reopened(path))?.records).toEqual(["head 1", "a", "b", "c", "d"]);
  });
});

describe("what was cut off", () => {
  it("goes before anything is written, or what follows it would come back", async () => {
    const { path, store } = await begun(undefined, { fsync: "never" });
    const whole = readFileSync(join(path, FIRST)).length;
    store.append([bytes("lost 1")]);
    const end = readFileSync(join(path, FIRST)).length;
    store.append([bytes("lost 2")]);
    await store.close();
    // A power cut left the second of two that were not synced, and not the first.
    const file = readFileSync(join(path, FIRST));
    writeFileSync(join(path, FIRST), file.fill(0, whole, end));
    const again = await opened(path, { fsync: "never" });
    expect(await held(again)).toMatchObject({
      records: ["head 1", "a", "b", "c"],
      torn: file.length - whole,
    });
    again.append([bytes("new  1")]);
    await again.close();
    expect(await reopened(path)).toMatchObject({ records: ["head 1", "a", "b", "c", "new  1"], torn: 0 });
  });

  it("of a journal whose every append was synced is told from damage: what is whole behind it was there", async () => {
    const { path, store } = await begun();
    const file = () => readFileSync(join(path, FIRST));
    const whole = file().length;
    store.append([bytes("kept 1")]);
    const end = file().length;
    store.append([bytes("kept 2")]);
    await store.close();
    writeFileSync(join(path, FIRST), file().fill(0, whole, end));
    expect(await message(() => reopened(path))).toMatch(
      new RegExp(
        `${FIRST} cannot be used: it is damaged at byte ${whole}, and a whole record follows at byte ${end}:`,
      ),
    );
  });

  it("is told from damage after a reopening too: what was read then was on the disk", async () => {
    const { path, store } = await begun(undefined, { fsync: "never" });
    const whole = readFileSync(join(path, FIRST)).length;
    store.append([bytes("kept 1")]);
    await store.close();
    const again = await opened(path);
    await again.read();
    again.append([bytes("kept 2")]);
    await again.close();
    flip(join(path, FIRST), whole + 21);
    expect(await message(() => reopened(path))).toMatch(/it is damaged at byte/);
  });
});

describe("a disk that cannot sync", () => {
  const forbidden = (code: string) => Object.assign(new Error(`${code}: not here`), { code });
  function forbidding(error: Error): Disk {
    const refuse = () => {
      throw error;
    };
    return { ...disk, open: (path) => ({ ...disk.open(path), sync: refuse }), syncFolder: refuse };
  }
  const notCapable = Object.assign(new Error("Requires access"), { name: "NotCapable" });

  it.each([
    forbidden("ERR_ACCESS_DENIED"),
    forbidden("EPERM"),
    forbidden("ENOSYS"),
    forbidden("EINVAL"),
    notCapable,
  ])("as it may not (%s) is used, and what is not promised is said once", async (error) => {
    for (const fsync of ["always", "interval"] as const) {
      emitted = [];
      const { path, store } = await begun(undefined, { disk: forbidding(error), fsync });
      expect(warnings(store)).toEqual([
        `a power cut may lose acknowledged calls, as files cannot be synced here (${error.message})`,
        `a power cut right after a snapshot may lose what is newest, as folders cannot be synced here (${error.message})`,
      ]);
      expect(emitted).toEqual(warnings(store).map((text) => `StoreWarning: ${store.name}: ${text}`));
      await store.close();
      const again = await opened(path, { disk: forbidding(error), fsync });
      expect((await held(again))?.records).toEqual(["head 1", "a", "b", "c"]);
      expect(warnings(again).length).toBe(1);
      again.append([bytes("d")]);
      await again.close();
      // What was not synced may be missing without being damage.
      const file = readFileSync(join(path, FIRST));
      const behind = 20 + 2 * 5 + 20 + 5;
      writeFileSync(join(path, FIRST), file.fill(0, file.length - behind - 1, file.length - behind));
      expect((await reopened(path))?.records).toEqual(["head 1"]);
    }
  });

  it("as it was not asked to says nothing", async () => {
    const { store } = await begun(undefined, { disk: forbidding(forbidden("EIO")), fsync: "never" });
    await store.close();
    expect([warnings(store), emitted]).toEqual([[], []]);
  });

  it("as it is broken is no sandbox", async () => {
    const store = await opened(folder(), { disk: forbidding(forbidden("EIO")) });
    expect(await message(() => store.begin(bytes("s"), bytes("h")))).toBe("EIO: not here");
    await store.close();
  });

  it("once is not written to, also when it was read again, until it begins anew or is opened again", async () => {
    let broken = false;
    const { store } = await begun(undefined, {
      disk: {
        ...disk,
        open(path) {
          const file = disk.open(path);
          const sync = () => {
            if (broken) throw forbidden("EIO");
            file.sync();
          };
          return { ...file, sync };
        },
      },
    });
    broken = true;
    expect(await message(() => store.append([bytes("d")]))).toBe("EIO: not here");
    broken = false;
    expect((await held(store))?.records).toEqual(["head 1", "a", "b", "c"]);
    expect(await message(() => store.append([bytes("d")]))).toBe("EIO: not here");
    store.begin(bytes("snapshot 2"), bytes("head 2"));
    store.append([bytes("d")]);
    expect((await held(store))?.records).toEqual(["head 2", "d"]);
    await store.close();
  });
});

it("reads no more of its own journal than it wrote: what failed and could not be taken back is not in it", async () => {
  let full = false;
  const { path, store } = await begun(undefined, {
    disk: {
      ...disk,
      open(name) {
        const file = disk.open(name);
        return {
          ...file,
          write(bytes, at) {
            file.write(bytes, at);
            if (full) throw new Error("ENOSPC");
          },
          truncate(length) {
            if (full) throw new Error("EIO");
            file.truncate(length);
          },
        };
      },
    },
  });
  full = true;
  expect(await message(() => store.append([bytes("not acknowledged")]))).toBe("ENOSPC");
  full = false;
  expect((await held(store))?.records).toEqual(["head 1", "a", "b", "c"]);
  await store.close();
  appendFileSync(join(path, FIRST), "");
  expect((await reopened(path))?.records).toContain("not acknowledged");
});
