import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Changes, changes, marks } from "../../host/dev/changes.ts";

let folder: string;
let watching: Changes;
let told: (files: readonly string[]) => void;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "moult-changes-"));
  watching = changes((files) => told(files));
});
afterEach(async () => {
  await watching.close();
  await rm(folder, { recursive: true, force: true });
});

it("tells a file that was written", async () => {
  const file = await watched("a.ts");
  expect(await next(() => writeFile(file, "2"))).toEqual([file]);
});

it("tells a file that was replaced by renaming, every time", async () => {
  const file = await watched("a.ts");
  for (const text of ["2", "3"]) {
    await writeFile(`${file}.tmp`, text);
    expect(await next(() => rename(`${file}.tmp`, file))).toEqual([file]);
  }
});

it("tells a file that was not there yet, and one that is gone", async () => {
  const file = await watched("a.ts");
  const missing = join(folder, "missing.ts");
  await watching.set([file, missing], Number.POSITIVE_INFINITY);
  expect(await next(() => writeFile(missing, "1"))).toEqual([missing]);
  expect(await next(() => rm(file))).toEqual([file]);
});

it("tells nothing of other files", async () => {
  const file = await watched("a.ts");
  await writeFile(join(folder, "b.ts"), "1");
  expect(await next(() => writeFile(file, "2"))).toEqual([file]);
});

it("follows the set of files, into other folders too", async () => {
  await watched("a.ts");
  const other = join(folder, "lib", "b.ts");
  await mkdir(join(folder, "lib"));
  await writeFile(other, "1");
  await watching.set([other], Number.POSITIVE_INFINITY);
  expect(await next(() => writeFile(other, "2"))).toEqual([other]);
});

it("tells a file that was written after it was read, and before it was watched", async () => {
  const file = join(folder, "a.ts");
  await writeFile(file, "1");
  const later = Date.now() / 1_000 + 60;
  await utimes(file, later, later);
  expect(await next(() => watching.set([file], Date.now()))).toEqual([file]);
});

it("tells a file that an older one took the place of after it was read, and before it was watched", async () => {
  await written("releases/1", "1");
  await written("releases/2", "22");
  await symlink("1", join(folder, "releases", "current"));
  const file = join(folder, "releases", "current");
  const before = await marks([file]);
  await linked("2", "releases/current");
  expect(await next(() => watching.set([file], Number.POSITIVE_INFINITY, before))).toEqual([file]);
});

/** Another file at the same path, as builds, deployments and clusters bring it. */
const REPLACED: Record<string, { way: string; at: (name: string) => Promise<void>; turns: Turn[] }> = {
  "a folder that was removed and made again": {
    way: "dist/a.wasm",
    at: (name) => written(name, "1"),
    turns: [() => rm(join(folder, "dist"), { recursive: true }), () => written("dist/a.wasm", "22")],
  },
  "a folder high above it that was removed and made again, step by step": {
    way: "a/b/c/d/a.wasm",
    at: (name) => written(name, "1"),
    turns: [
      () => rm(join(folder, "a"), { recursive: true }),
      async () => {
        await mkdir(join(folder, "a"));
        await mkdir(join(folder, "a", "b"));
        await written("a/b/c/d/a.wasm", "22");
      },
    ],
  },
  "a folder that another one took the place of": {
    way: "dist/a.wasm",
    at: (name) => written(name, "1"),
    turns: [
      async () => {
        await written("next/a.wasm", "22");
        await rename(join(folder, "dist"), join(folder, "before"));
        await rename(join(folder, "next"), join(folder, "dist"));
      },
    ],
  },
  "a link above it that leads to another release": {
    way: "current/lib/a.wasm",
    async at() {
      await written("releases/1/lib/a.wasm", "1");
      await written("releases/2/lib/a.wasm", "22");
      await symlink("releases/1", join(folder, "current"));
    },
    turns: [() => linked("releases/2", "current")],
  },
  "a link that leads to a link to another release, which then changes": {
    way: "app/current/a.wasm",
    async at() {
      await written("releases/1/a.wasm", "1");
      await written("releases/2/a.wasm", "1");
      await mkdir(join(folder, "app"));
      await symlink("releases/1", join(folder, "live"));
      await symlink(join("..", "live"), join(folder, "app", "current"));
    },
    turns: [() => linked("releases/2", "live"), () => written("releases/2/a.wasm", "22")],
  },
  "a file of a ConfigMap, beside which Kubernetes makes ..data lead to another folder": {
    way: "a.wasm",
    async at() {
      await written("..1/a.wasm", "1");
      await symlink("..1", join(folder, "..data"));
      await symlink(join("..data", "a.wasm"), join(folder, "a.wasm"));
    },
    turns: [
      async () => {
        await written("..2/a.wasm", "22");
        await linked("..2", "..data");
        await rm(join(folder, "..1"), { recursive: true });
      },
    ],
  },
  "a link to a file in a folder that was removed and made again": {
    way: "a.wasm",
    async at() {
      await written("else/where/a.wasm", "1");
      await symlink(join("else", "where", "a.wasm"), join(folder, "a.wasm"));
    },
    turns: [() => rm(join(folder, "else"), { recursive: true }), () => written("else/where/a.wasm", "22")],
  },
};

/** Something that happens, of which the watching tells before the next thing happens. */
type Turn = () => Promise<void>;

// The slow looks would find all of it; here the events have to.
it.each(Object.keys(REPLACED))("hears of %s, and of what is written there then", async (name) => {
  const { way, at, turns } = REPLACED[name]!;
  await watching.close();
  watching = changes((files) => told(files), { every: 1e9 });
  await at(way);
  const file = join(folder, way);
  await watching.set([file], Number.POSITIVE_INFINITY);
  // Looks that were asked for before would see all of it as well: they are over when nothing is left to settle.
  await setTimeout(100);
  for (const turn of turns) expect(await next(turn)).toEqual([file]);
  // It is watched where it is now.
  expect(await next(() => writeFile(file, "333"))).toEqual([file]);
});

it("sees by its slow looks what makes no event", async () => {
  await watching.close();
  watching = changes((files) => told(files), { every: 5 });
  const way = join("a", "b", "c", "d", "e", "a.ts");
  await written(way, "1");
  await watching.set([join(folder, way)], Number.POSITIVE_INFINITY);
  await written(join("z", "b", "c", "d", "e", "a.ts"), "22");
  // Nobody listens four folders above a file.
  const moved = async () => {
    await rename(join(folder, "a"), join(folder, "y"));
    await rename(join(folder, "z"), join(folder, "a"));
  };
  expect(await next(moved)).toEqual([join(folder, way)]);
});

it("is not kept from looking by a folder in which other files change all the time", async () => {
  const file = await watched("a.ts");
  let busy = true;
  const others = (async () => {
    for (let i = 0; busy; i++) await writeFile(join(folder, "log"), `${i}`);
  })();
  expect(await next(() => writeFile(file, "2"))).toEqual([file]);
  busy = false;
  await others;
});

async function written(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
}

/** A link that is replaced in one step, as deployments do it. */
async function linked(target: string, name: string): Promise<void> {
  await symlink(target, join(folder, `${name}.new`));
  await rename(join(folder, `${name}.new`), join(folder, name));
}

/** A file of the test's folder, watched. */
async function watched(name: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, "1");
  await watching.set([file], Number.POSITIVE_INFINITY);
  return file;
}

function next(change: () => Promise<void>): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    told = resolve;
    change().catch(reject);
  });
}
