import { mkdir, mkdtemp, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Changes, changes } from "../../host/dev/changes.ts";

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
