import { readdir, readFile, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { expectReleased, loadPlugin } from "../../host/testing/mod.ts";
import { type Author, author, visits } from "./author.ts";

let one: Author;
beforeEach(async () => {
  one = await author({ "plugin.ts": visits("") });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await one.leave();
});

type Call = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;
const drive = (call: Call) => call.visit!("/" as never);

const check = (options: Parameters<typeof expectReleased>[1] = {}) =>
  expectReleased(one.path("plugin.ts"), { folder: one.path("released"), drive, ...options });
const message = (work: Promise<unknown>) =>
  work.then(
    () => "it did not fail",
    (error: Error) => error.message.replaceAll(/[\w:./~-]*moult-author-\w+/g, "FOLDER"),
  );
async function release(version: string): Promise<void> {
  await one.write("package.json", JSON.stringify({ name: "visits", version }));
  vi.stubEnv("MOULT_RELEASE", "1");
  try {
    await check();
  } finally {
    vi.unstubAllEnvs();
  }
}

it("reads what every version before it left, and itself", async () => {
  await release("1.0.0");
  await one.write("plugin.ts", visits("pages: u32 = 0;"));
  await release("1.9.0");
  await one.write("plugin.ts", visits("pages: u32 = 0;\n last: string | null = null;"));
  await release("1.10.0");
  expect(await readdir(one.path("released"))).toEqual(["1.0.0.avro", "1.10.0.avro", "1.9.0.avro"]);
  expect(await check()).toEqual(["1.0.0", "1.9.0", "1.10.0"]);
  const { call } = await loadPlugin(one.path("plugin.ts"), {
    state: new Uint8Array(await readFile(one.path("released/1.0.0.avro"))),
  });
  expect(await call.total!()).toBe(1n);
});

it("shows every state to who asked to see it, and by whom it was left", async () => {
  await release("1.0.0");
  await one.write("package.json", JSON.stringify({ name: "visits", version: "1.1.0" }));
  const seen: string[] = [];
  await check({
    observe: async (call, version) => {
      seen.push(`${version} ${await call.total!()}`);
      return seen.length < 0;
    },
  });
  expect(seen).toEqual(["1.1.0 1", "1.1.0 1", "1.0.0 1", "1.0.0 1"]);
});

it("writes nothing unless it is told to, and needs no folder before the first release", async () => {
  await one.write("wasm/x", "");
  await expect(expectReleased(one.path("plugin.ts"), { drive })).resolves.toEqual([]);
  expect(await message(check())).toBe(
    "could not read FOLDER/released: ENOENT; `moult test --release` makes it",
  );
});

it("never writes over a released snapshot", async () => {
  await release("1.0.0");
  const before = await readFile(one.path("released/1.0.0.avro"));
  await release("1.0.0");
  vi.stubEnv("MOULT_RELEASE", "1");
  expect(await message(check({ drive: async (call) => [await drive(call), await drive(call)] }))).toBe(
    "FOLDER/released/1.0.0.avro is there with another state, and was not touched; give the new version another number in package.json",
  );
  expect(await readFile(one.path("released/1.0.0.avro"))).toEqual(before);
});

it("fails when a version is no longer what was released under its number", async () => {
  await release("1.0.0");
  await one.write("plugin.ts", visits("pages: u32 = 0;"));
  expect(await message(check())).toBe(
    "version 1.0.0 is released with another class of state: FOLDER/released/1.0.0.avro; give this one another number in package.json",
  );
});

it("fails when the newest version has no way from a released state", async () => {
  await release("1.0.0");
  await one.write("package.json", JSON.stringify({ name: "visits", version: "2.0.0" }));
  const narrower = visits("")
    .replace("total: u64", "total: u8")
    .replaceAll("return visits.total", "return <u64>visits.total");
  await one.write("plugin.ts", narrower);
  expect(await message(check())).toBe(
    "visits 2.0.0 reads FOLDER/released/1.0.0.avro: [incompatible-state] " +
      "the state does not cross to visits 2.0.0: no way leads from the state of visits 1.0.0 to visits 2.0.0: total: was u64, is u8, which does not hold every u64. " +
      "It has no steps\n\nWhat would lead there, in the new version's source:\n\n- A step. Above class Visits:\n\n" +
      "    class VisitsV1 {\n      total: u64 = 0;\n    }\n\n  and in class Visits:\n\n" +
      "    static from(old: VisitsV1): Visits {\n      const made = new Visits();\n" +
      '      throw new Error("decide what total becomes of old.total");\n      return made;\n    }',
  );
});

it("fails when the newest version reads another state than was released", async () => {
  await release("1.0.0");
  await one.write("package.json", JSON.stringify({ name: "visits", version: "1.0.1" }));
  await one.write("plugin.ts", visits("", "export function onRestore(): void { visits.total = 0; }"));
  expect(await message(check({ drive: () => {} }))).toBe(
    "visits 1.0.1 reads FOLDER/released/1.0.0.avro, and has another state: expected { total: 0n } to deeply equal { total: 1n }",
  );
});

it("fails when a released snapshot is damaged", async () => {
  await release("1.0.0");
  const file = one.path("released/1.0.0.avro");
  const bytes = await readFile(file);
  bytes[bytes.length - 18]! ^= 2;
  await writeFile(file, bytes);
  expect(await message(check())).toBe(
    "FOLDER/released/1.0.0.avro: at byte 444 of 461: found another sync marker than in the header",
  );
});

it("fails for a plugin without state", async () => {
  await one.write("plugin.ts", "export function visit(page: string): u64 { return 1; }\n");
  expect(await message(check())).toBe("visits 1.0.0 has no state that could be released");
});
