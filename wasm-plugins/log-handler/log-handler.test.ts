import fc from "fast-check";
import { expect, it } from "vitest";
import { LogHandler, LogHandler2 } from "../../demo/contract.ts";
import { PlainCount } from "../../demo/plain-count.ts";
import { sample } from "../../demo/sample.ts";
import { load } from "../../host/mod.ts";
import { versions } from "../../test/versions.ts";

const version = versions(new URL("./", import.meta.url));
const lines = [...sample(3_000)];

async function fed(name: string, until: number) {
  const plugin = await load(LogHandler, await version(name));
  for (const line of lines.slice(0, until)) plugin.callSync.handle(line);
  return plugin;
}

it("counts what a plain count counts, through three versions", async () => {
  const plugin = await fed("v1", 1_000);
  await plugin.swap(await version("v2"));
  for (const line of lines.slice(1_000, 2_000)) plugin.callSync.handle(line);
  const migrated = await plugin.swap(await version("v3"));
  for (const line of lines.slice(2_000)) plugin.callSync.handle(line);

  const plain = new PlainCount();
  for (const [i, line] of lines.entries()) plain.add(line, i >= 1_000);
  expect(migrated.steps).toEqual(["TotalsV2", "Totals"]);
  expect(plugin.callSync.report()).toEqual({
    lines: 3_000n,
    malformed: BigInt(plain.malformed),
    clients: plain.clients.size,
    status: new Map([...plain.status].map(([code, count]) => [code, BigInt(count)])),
  });
  expect(plain.malformed).toBeGreaterThan(0);
  const { bytes, topPaths } = plugin.as(LogHandler2).callSync.report();
  expect(bytes).toBe(BigInt(plain.bytes));
  expect(topPaths.map(({ path, count }) => [path, Number(count)])).toEqual(plain.topPaths());
  await plugin.close();
});

it("takes over version 1's state in version 3 in two steps at once", async () => {
  const plugin = await fed("v1", 500);
  const before = plugin.callSync.report();
  await plugin.swap(await version("v3"));
  expect(plugin.callSync.report()).toEqual(before);
  await plugin.close();
});

it("takes version 3's state over as it is in the version that is there to be edited", async () => {
  const plugin = await fed("v3", 500);
  const before = plugin.callSync.report();
  const record = await plugin.swap(await version("live"));
  expect(record.steps).toEqual(["Totals"]);
  expect(plugin.callSync.report()).toEqual(before);
  await plugin.close();
});

it("says in a dry run what a swap would do to the state, change by change", async () => {
  const plugin = await fed("v1", 100);
  const before = await plugin.snapshot();
  const record = await plugin.swap(await version("v3"), { dryRun: true });
  expect(record).toMatchObject({ outcome: "rehearsed", steps: ["TotalsV2", "Totals"] });
  expect(record.changes?.map(({ path, lossless }) => [path, lossless])).toEqual([
    ["classes", true],
    ["bytes", true],
    ["paths", true],
    ["status", false],
  ]);
  expect(await plugin.snapshot()).toEqual(before);
  await plugin.close();
});

it("refuses the version that cannot restore, and keeps every count", async () => {
  const plugin = await fed("v2", 500);
  const before = await plugin.snapshot();
  await expect(plugin.swap(await version("broken-restore"))).rejects.toMatchObject({
    code: "failed-restore",
    phase: "prepare",
  });
  expect(await plugin.snapshot()).toEqual(before);
  await plugin.close();
});

it("lets the caller refuse the version that forgets clients", async () => {
  const plugin = await fed("v3", 500);
  const { clients } = plugin.callSync.report();
  const swapped = plugin.swap(await version("broken-forget"), {
    verify: async (twin) => (await twin.call.report()).clients === clients,
  });
  await expect(swapped).rejects.toMatchObject({ code: "failed-verify" });
  expect(plugin.callSync.report().clients).toBe(clients);
  await plugin.close();
});

it("takes the version that traps after 500 calls back, with every line that it had counted", async () => {
  const plugin = await fed("v3", 500);
  await plugin.swap(await version("broken-trap"), { probation: {} });
  for (const line of lines.slice(500, 1_001)) plugin.callSync.handle(line);
  expect(plugin.history().at(-1)).toMatchObject({ outcome: "rolled-back", replayed: { calls: 500 } });
  const reference = await fed("v3", 1_001);
  expect(await plugin.snapshot()).toEqual(await reference.snapshot());
  await plugin.close();
  await reference.close();
});

it("rolls back to the state at the cutover when what came since is to be dropped", async () => {
  const plugin = await fed("v3", 500);
  const before = await plugin.snapshot();
  await plugin.swap(await version("broken-trap"), { probation: {} });
  for (const line of lines.slice(500, 600)) plugin.callSync.handle(line);
  await plugin.rollback({ discard: true });
  expect(await plugin.snapshot()).toEqual(before);
  await plugin.close();
});

it("reads any line as the plain count does", async () => {
  const plugin = await load(LogHandler, await version("v2"));
  const wide = plugin.as(LogHandler2);
  const plain = new PlainCount();
  const piece = fc.constantFrom(
    " ",
    '"',
    "\\",
    "[",
    "]",
    "-",
    "200",
    "404",
    "99",
    "7",
    "GET",
    "/a",
    "HTTP/1.1",
    "",
    "é",
  );
  const broken = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(""));
  const cut = fc
    .tuple(fc.constantFrom(...lines.slice(0, 50)), fc.nat({ max: 200 }), fc.string({ maxLength: 3 }))
    .map(([line, at, more]) => line.slice(0, at) + more + line.slice(at + 1));
  fc.assert(
    fc.property(fc.oneof(broken, cut), (line) => {
      const malformed = plain.malformed;
      plain.add(line, true);
      expect(plugin.callSync.handle(line)).toBe(plain.malformed === malformed);
      const { status, clients } = plugin.callSync.report();
      const { bytes } = wide.callSync.report();
      expect([Number(bytes), clients]).toEqual([plain.bytes, plain.clients.size]);
      expect(new Map([...status].map(([code, n]) => [code, Number(n)]))).toEqual(plain.status);
    }),
    { numRuns: 2_000 },
  );
  await plugin.close();
});
