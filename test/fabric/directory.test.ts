/** The fabric in a directory: it outlives its process, however that ends. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readSnapshot } from "../../abi/mod.ts";
import { fabricOn } from "../../host/node/directory-fabric.ts";
import { type Disk, disk } from "../../host/node/disk.ts";
import { directoryFabric } from "../../host/node/mod.ts";
import { linesOf, started } from "./child.ts";
import { conformance } from "./conformance.ts";
import { bytes, eventually, text, thrown } from "./seen.ts";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "moult-fabric-"));
  folders.push(made);
  return made;
}

conformance("a fabric in a directory", async (payloadAge) => {
  const age = payloadAge === undefined ? {} : { payloadAge };
  const fabric = await directoryFabric(folder(), { fsync: "never", ...age });
  return { join: async () => fabric, close: () => fabric.close() };
});

test("a fabric in a directory is there again with its history, revisions and blobs", async () => {
  const path = folder();
  const first = await directoryFabric(path);
  await first.kv.put("a", bytes("1"));
  const second = await first.kv.put("a", bytes("2"));
  await first.kv.put("gone", bytes("x"));
  await first.kv.delete("gone");
  const blob = await first.blobs.put(bytes("blob"));
  // Its party was killed, or waits yet: as nobody knows, it has its whole time again.
  const payload = await first.payloads.put(bytes("payload"));
  const deleted = await first.blobs.put(bytes("deleted"));
  await first.blobs.delete(deleted);
  expect(await thrown(directoryFabric(path))).toMatchObject({ code: "store-locked" });
  await first.close();
  const again = await directoryFabric(path, { payloadAge: 20 });
  await eventually(async () => !(await again.payloads.has(payload)));
  expect(readdirSync(join(path, "payloads"))).toEqual([]);
  expect(await again.blobs.has(deleted)).toBe(false);
  expect((await again.kv.history("a")).map(text)).toEqual(["1", "2"]);
  expect(await again.kv.keys("")).toEqual(["a"]);
  expect(await again.kv.update("a", bytes("3"), second)).toBeGreaterThan(second + 2);
  expect(new TextDecoder().decode(await again.blobs.get(blob))).toBe("blob");
  await again.close();
});

/** The real disk, whose syncs are counted, and fail when they are told to. */
function syncing() {
  const told = { syncs: 0, fails: false };
  const open: Disk["open"] = (path) => {
    const file = disk.open(path);
    const sync = () => {
      told.syncs++;
      if (told.fails) throw Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" });
      file.sync();
    };
    return { ...file, sync };
  };
  return { told, disk: { ...disk, open } };
}

test("changes of one moment are synced together, before any of them is acknowledged or seen", async () => {
  const path = folder();
  const { told, disk } = syncing();
  const fabric = await fabricOn(path, { disk });
  const { kv } = fabric;
  const begun = told.syncs;
  const seen: string[] = [];
  await kv.watch("", ({ key }) => void seen.push(`${key} at ${told.syncs - begun}`));
  const all = Promise.all([
    kv.put("a", bytes("1")),
    kv.create("b", bytes("1")),
    kv.create("b", bytes("2")),
    kv.put("c", bytes("1")),
    kv.delete("c"),
    kv.delete("none"),
    kv.put("a", bytes("2")),
  ]);
  expect(await kv.keys("")).toEqual([]);
  const [first, made, late, , deleted, none, second] = await all;
  expect([late, deleted, none, told.syncs - begun]).toEqual([undefined, true, false, 1]);
  expect(seen).toEqual(["a at 1", "b at 1", "c at 1", "c at 1", "a at 1"]);
  expect(await kv.get("a")).toMatchObject({ value: bytes("2"), revision: second });
  const racing = ["3", "4"].map((value) => kv.update("a", bytes(value), second));
  expect((await Promise.all(racing)).map((each) => typeof each)).toEqual(["number", "undefined"]);
  expect(first).toBeLessThan(made!);
  void kv.put("last", bytes("1"));
  await fabric.close();
  const again = await directoryFabric(path);
  expect((await again.kv.history("a")).map(text)).toEqual(["1", "2", "3"]);
  expect(await again.kv.keys("")).toEqual(["a", "b", "last"]);
  await again.close();
});

test("changes that cannot be written together are all refused, and nothing of them is there", async () => {
  const path = folder();
  const { told, disk } = syncing();
  const fabric = await fabricOn(path, { disk });
  await fabric.kv.put("a", bytes("1"));
  told.fails = true;
  const refused = await Promise.all([
    thrown(fabric.kv.put("a", bytes("2"))),
    thrown(fabric.kv.create("b", bytes("1"))),
    // It would have come too late, if the one before it had been there.
    thrown(fabric.kv.create("b", bytes("2"))),
  ]);
  for (const error of refused) {
    expect(error).toMatchObject({ code: "store-failed" });
    expect(error.message).toContain("nothing was changed");
  }
  expect([text(await fabric.kv.get("a")), await fabric.kv.keys("")]).toEqual(["1", ["a"]]);
  told.fails = false;
  await fabric.close();
  const again = await directoryFabric(path);
  expect(await again.kv.keys("")).toEqual(["a"]);
  await again.close();
});

test("a fabric in a directory begins anew after many changes, in a file that any Avro tool reads", async () => {
  const path = folder();
  const fabric = await directoryFabric(path, { fsync: "never" });
  await fabric.kv.put("first", bytes("1"));
  for (let i = 0; i < 10_500; i++) await fabric.kv.put(`k.${i % 5}`, bytes(String(i)));
  await fabric.close();
  const files = readdirSync(join(path, "values")).sort();
  expect(files).toEqual(["0000000002.avro", "0000000002.journal"]);
  const file = await readSnapshot(readFileSync(join(path, "values", files[0]!)));
  expect(file).toMatchObject({ plugin: "fabric", schema: { name: "Entries" } });
  const again = await directoryFabric(path);
  expect(text(await again.kv.get("first"))).toBe("1");
  expect(text(await again.kv.get("k.4"))).toBe("10499");
  expect((await again.kv.history("k.4")).length).toBe(64);
  await again.close();
});

test("a fabric in a directory believes no damaged blob, and no directory of something else", async () => {
  const path = folder();
  const fabric = await directoryFabric(path);
  const digest = await fabric.blobs.put(bytes("blob"));
  const [name = ""] = readdirSync(join(path, "blobs"));
  writeFileSync(join(path, "blobs", name), "blub");
  const error = await thrown(fabric.blobs.get(digest));
  expect(error).toMatchObject({ code: "integrity" });
  expect(error.message).toContain(digest);
  await fabric.close();
  writeFileSync(join(path, "notes.txt"), "");
  const other = await thrown(directoryFabric(path));
  expect(other).toMatchObject({ code: "bad-store", message: expect.stringContaining("found notes.txt") });
});

test("a fabric in a directory has all that was acknowledged when its process was killed", async () => {
  const path = folder();
  let known = 0;
  for (let round = 0; round < 3; round++) {
    const acknowledged = await killedAfter(started("directory-child.mjs", path), 20 + 17 * round);
    const fabric = await directoryFabric(path, { fsync: "never" });
    const sum = Number(text(await fabric.kv.get("sum")));
    // The one that was under way may have been written, and not told.
    expect(sum - known - acknowledged).toBeGreaterThanOrEqual(0);
    expect(sum - known - acknowledged).toBeLessThanOrEqual(1);
    const digest = text(await fabric.kv.get("blob"))!;
    expect((await fabric.blobs.get(digest))?.length).toBe(100_000);
    known = sum;
    await fabric.close();
  }
});

/** Kills it in the midst of its work. @returns how many changes it had told of */
async function killedAfter(child: ChildProcess, changes: number): Promise<number> {
  let told = 0;
  for await (const line of linesOf(child)) {
    if (line !== "changed") continue;
    if (++told === changes) child.kill("SIGKILL");
  }
  // Until it is gone for good, its lock is its own.
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return told;
}
