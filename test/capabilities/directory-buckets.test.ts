/** Buckets in a directory: what is there after a crash, and whose it is. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { bucketFolderName, valueFileName } from "../../host/node/bucket-file.ts";
import { bucketsOn } from "../../host/node/directory-buckets.ts";
import { directoryBuckets } from "../../host/node/mod.ts";
import { flip, folder, leave } from "../durable/folder.ts";
import { crashed, recordedDisk, type Write } from "../durable/recorded-disk.ts";
import { refused } from "../faults/guest.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value);

/** What a bucket has. */
async function all(path: string, name = "b"): Promise<Record<string, string | undefined>> {
  await using buckets = await directoryBuckets(path, { fsync: "never" });
  const bucket = buckets.open(name);
  const found = [...bucket.keys()].map((key) => [key, text(bucket.get(key))] as const);
  expect(bucket.count).toBe(found.length);
  expect(bucket.bytes).toBe(found.reduce((sum, [key]) => sum + bucket.sizeOf(key)!, 0));
  return Object.fromEntries(found);
}

it("outlives its process, each bucket by itself", async () => {
  const path = folder();
  await using buckets = await directoryBuckets(path);
  buckets.open("b").set("ä/../", bytes("one"), "");
  buckets.open("b").set("gone", bytes("two"), "");
  buckets.open("b").delete("gone", "");
  buckets.open("../b").set("k", bytes("three"), "");
  expect(buckets.open("b")).toBe(buckets.open("b"));
  leave(path);
  expect(await all(path)).toEqual({ "ä/../": "one" });
  expect(await all(path, "../b")).toEqual({ k: "three" });
  expect(readdirSync(path).filter((name) => name !== "LOCK")).toEqual(
    [bucketFolderName("../b"), bucketFolderName("b")].sort(),
  );
  if (process.platform !== "win32")
    expect(statSync(join(path, bucketFolderName("b"))).mode & 0o777).toBe(0o700);
});

it.each([false, true])("has each value whole, whatever write was the last (power cut: %s)", async (power) => {
  const path = folder();
  const writes: Write[] = [];
  const begin = { a: "old", b: "kept" };
  const disk = recordedDisk((write) => writes.push(write));
  await using buckets = await bucketsOn(path, { disk });
  const bucket = buckets.open("b");
  for (const [key, value] of Object.entries(begin)) bucket.set(key, bytes(value), "");
  bucket.set("a", bytes("new"), "");
  bucket.delete("b", "");
  const states: (string | undefined)[][] = [];
  const inside = writes.filter((write) => write.path.startsWith(join(path, bucketFolderName("b"))));
  for (let count = 0; count <= inside.length; count++) {
    const last = inside[count - 1];
    const cuts = last?.op === "write" ? [0, 1, last.bytes.length - 1, undefined] : [undefined];
    for (const cut of cuts) {
      const after = folder();
      const own = join(after, bucketFolderName("b"));
      mkdirSync(own);
      crashed(own, inside.slice(0, count), { cut, power });
      const { a, b } = await all(after);
      states.push([a, b]);
    }
  }
  const seen = [...new Set(states.map((state) => JSON.stringify(state)))].map((state) => JSON.parse(state));
  expect(seen).toEqual([
    [null, null],
    ["old", null],
    ["old", "kept"],
    ["new", "kept"],
    ["new", null],
  ]);
  // What was answered was on the disk.
  expect(states.at(-1)).toEqual(["new", undefined]);
});

it("knows a write of another process again, and makes it once", async () => {
  const path = folder();
  const again = async (key: string, value: string, callId: string) => {
    await using buckets = await directoryBuckets(path, { fsync: "never" });
    const bucket = buckets.open("b");
    bucket.set(key, bytes(value), callId);
    return text(bucket.get(key));
  };
  expect(await again("a", "1", "call 1")).toBe("1");
  // What it read before it wrote may be another thing by now.
  expect(await again("a", "11", "call 1")).toBe("1");
  expect(await again("b", "11", "call 1")).toBe("11");
  expect(await again("a", "2", "call 2")).toBe("2");
  await using buckets = await directoryBuckets(path, { fsync: "never" });
  const bucket = buckets.open("b");
  // Here the same name is of a call that another version makes anew.
  for (const value of ["3", "4"]) bucket.set("a", bytes(value), "call 3");
  expect(text(bucket.get("a"))).toBe("4");
  bucket.delete("b", "");
  bucket.set("b", bytes("5"), "call 1");
  expect(text(bucket.get("b"))).toBe("5");
});

it("leaves a value as it was where writing a new one fails", async () => {
  const path = folder();
  let full = false;
  const disk = recordedDisk(({ op }) => {
    if (full && op === "write") throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
  });
  const buckets = await bucketsOn(path, { disk });
  const bucket = buckets.open("b");
  bucket.set("a", bytes("old"), "");
  full = true;
  expect(() => bucket.set("a", bytes("new"), "")).toThrow("no space left");
  expect(() => bucket.set("b", bytes("new"), "")).toThrow("no space left");
  expect([text(bucket.get("a")), bucket.count, bucket.bytes]).toEqual(["old", 1, 4]);
  expect(readdirSync(join(path, bucketFolderName("b")))).toEqual([valueFileName("a")]);
  buckets.close();
  expect(await all(path)).toEqual({ a: "old" });
});

it.each([0, 8, 20, 50, -1])("notices a byte that was changed (%i)", async (at) => {
  const path = folder();
  await using buckets = await directoryBuckets(path);
  const bucket = buckets.open("b");
  bucket.set("key", bytes("a value of some length"), "");
  const file = join(path, bucketFolderName("b"), valueFileName("key"));
  flip(file, at);
  const why = `[bad-store] could not read the directory ${path}: ${file} is damaged; nothing was changed`;
  expect(await refused(() => bucket.get("key"))).toBe(why);
  buckets.close();
  await using again = await directoryBuckets(path);
  expect(await refused(() => again.open("b"))).toBe(why);
  expect(readFileSync(file).length).toBeGreaterThan(0);
});

it("notices a file under the name of another key", async () => {
  const path = folder();
  await using buckets = await directoryBuckets(path);
  const bucket = buckets.open("b");
  bucket.set("a", bytes("1"), "");
  bucket.set("b", bytes("2"), "");
  const file = (key: string) => join(path, bucketFolderName("b"), valueFileName(key));
  writeFileSync(file("a"), readFileSync(file("b")));
  expect(await refused(() => bucket.get("a"))).toContain("is damaged");
});

it("belongs to one process, and to buckets alone", async () => {
  const path = folder();
  const buckets = await directoryBuckets(path);
  expect(await refused(directoryBuckets(path))).toMatch(/^\[store-locked\] /);
  const bucket = buckets.open("b");
  buckets.close();
  buckets.close();
  const closed = `[closed] could not use the directory ${path}: its buckets were closed`;
  for (const use of [
    () => bucket.set("a", bytes("1"), ""),
    () => bucket.get("a"),
    () => bucket.delete("a", ""),
    () => buckets.open("c"),
  ]) {
    expect(await refused(use)).toBe(closed);
  }
  const strange = folder();
  writeFileSync(join(strange, "photo.jpg"), "");
  expect(await refused(directoryBuckets(strange))).toBe(
    `[bad-store] could not keep buckets in the directory ${strange}: found photo.jpg, which are no buckets; give it a directory of its own`,
  );
  expect(await refused(directoryBuckets(join(strange, "photo.jpg", "x")))).toMatch(/^\[store-failed\] /);
  expect(await refused(directoryBuckets(path, { fsync: "sometimes" as never }))).toBe(
    `[argument] could not keep buckets in the directory ${path}: its fsync is sometimes, wanted "always" or "never"`,
  );
  const file = join(path, bucketFolderName("b"), "notes.txt");
  writeFileSync(file, "mine");
  await using again = await directoryBuckets(path);
  expect(await refused(() => again.open("b"))).toContain(
    "notes.txt is no file of a bucket; nothing was changed",
  );
});
