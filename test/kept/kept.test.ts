/** What is kept of a build is what the compiler would give, and nothing is taken for a build that it is not. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, it, vi } from "vitest";
import * as transform from "../../abi/transform/mod.ts";
import { ordered } from "./compile-client.ts";
import { plainBytes } from "./compiled.ts";
import { prune, read, write } from "./store.ts";
import { ROOT, toolsOf } from "./tools.ts";

const compile = vi.hoisted(() => vi.fn());
vi.mock(import("../../abi/transform/mod.ts"), async (original) => {
  const real = await original();
  return { ...real, build: compile.mockImplementation(real.build) };
});
const { build } = await import("./build.ts");

const folder = mkdtempSync(join(tmpdir(), "moult-kept-"));
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  compile.mockClear();
});

vi.stubEnv("MOULT_KEPT", join(folder, "kept"));
const shared = process.env.MOULT_COMPILER as string;
beforeEach(() => {
  // Each test compiles in this process, where it can be counted.
  vi.stubEnv("MOULT_COMPILER", "");
});
const OPTIONS = { optimize: "debug", sourceMap: false } as const;
let places = 0;

/** A folder with a plugin in it. */
function place(files: Readonly<Record<string, string>>): string {
  const own = join(folder, `${places++}`);
  mkdirSync(own);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(own, name), text);
  return join(own, "plugin.ts");
}

const PLUGIN = {
  "plugin.ts": `export { twice } from "./twice";\n`,
  "twice.ts": "export function twice(x: u32): u32 { return x * 2; }\n",
};

it("compiles equal sources once, wherever they lie, and gives all that the compiler gives", async () => {
  const text = `import { state } from "moult/guest";\n@state class S { when: Date = new Date(0); n: u32 = 1; }\nconst s = new S();\nexport function n(): u32 { return s.n; }\n`;
  const [one, other] = [place({ "plugin.ts": text }), place({ "plugin.ts": text })];
  const { time: _, ...first } = await build(one, OPTIONS).catch((error) => error);
  const { time: __, ...second } = await build(other, OPTIONS).catch((error) => error);
  const { time: ___, ...fresh } = await transform.build(other, OPTIONS).catch((error) => error);
  expect(compile).toHaveBeenCalledTimes(2);
  expect(second).toEqual(fresh);
  expect(first.wasm).toEqual(second.wasm);
});

it("keeps what is wrong with a program, with its places as they are said from here", async () => {
  const text = `export function f(): u32 { return nothing; }\n`;
  const [one, other] = [place({ "plugin.ts": text }), place({ "plugin.ts": text })];
  const error = (entry: string, from: string) =>
    build(entry, { ...OPTIONS, from }).then(
      () => expect.unreachable(),
      (error: transform.BuildError) => error,
    );
  await error(one, folder);
  compile.mockClear();
  const again = await error(other, folder);
  expect(compile).not.toHaveBeenCalled();
  const fresh = await transform.build(other, { ...OPTIONS, from: folder }).catch((error) => error);
  expect(again).toBeInstanceOf(transform.BuildError);
  expect({ ...again, message: again.message }).toEqual({ ...fresh, message: fresh.message });
});

it.each([
  ["the entry", (own: string) => writeFileSync(own, `${PLUGIN["plugin.ts"]}export const more: u32 = 1;\n`)],
  [
    "a file that it imports",
    (own: string) =>
      writeFileSync(join(own, "../twice.ts"), "export function twice(x: u32): u32 { return x + x; }\n"),
  ],
  ["who the plugin is", (own: string) => writeFileSync(join(own, "../package.json"), '{ "name": "other" }')],
])("compiles again when %s changed", async (_, change) => {
  const own = place(PLUGIN);
  await build(own, OPTIONS);
  await build(own, OPTIONS);
  compile.mockClear();
  change(own);
  await build(own, OPTIONS);
  expect(compile).toHaveBeenCalledTimes(1);
});

it("compiles for other options", async () => {
  const own = place(PLUGIN);
  await build(own, OPTIONS);
  compile.mockClear();
  await build(own, { ...OPTIONS, version: "2.0.0" });
  await build(own, { ...OPTIONS, asc: ["--exportTable"] });
  expect(compile).toHaveBeenCalledTimes(2);
});

it("compiles anew what came out of a program that had errors, when a file that was missing is there", async () => {
  const own = place({ "plugin.ts": PLUGIN["plugin.ts"] });
  await expect(build(own, OPTIONS)).rejects.toThrow("twice");
  writeFileSync(join(own, "../twice.ts"), PLUGIN["twice.ts"]);
  expect((await build(own, OPTIONS)).manifest.exports.map(({ name }) => name)).toEqual(["twice"]);
});

it.each(["abi/guest/clock.ts", "abi/transform/schema.ts", "abi/canonical/layout.ts", "guest.ts"])(
  "takes nothing that was compiled with another %s",
  (file) => {
    const copy = mkdtempSync(join(folder, "tools-"));
    cpSync(join(ROOT, "abi"), join(copy, "abi"), { recursive: true });
    cpSync(join(ROOT, "guest.ts"), join(copy, "guest.ts"));
    symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"), "junction");
    expect(toolsOf(copy)).toBe(toolsOf(ROOT));
    writeFileSync(join(copy, file), "// another one\n");
    expect(toolsOf(copy)).not.toBe(toolsOf(ROOT));
  },
);

it("reads nothing that is not whole, and removes what nobody asked for", () => {
  const store = join(folder, "store");
  for (const name of ["whole", "torn", "old"]) write(store, "key", name, { name });
  writeFileSync(join(store, "key", "torn.json"), '{"digest":"none","text":"{}"}');
  expect(read(store, "key")).toEqual([{ name: "old" }, { name: "whole" }]);
  const past = new Date(Date.now() - 8 * 86_400_000);
  utimesSync(join(store, "key", "old.json"), past, past);
  prune(store);
  expect(readdirSync(join(store, "key"))).toEqual(["torn.json", "whole.json"]);
});

it("takes from the compiler that the run shares what its own would give", async () => {
  const good = place(PLUGIN);
  const bad = place({ ...PLUGIN, "twice.ts": "export function twice(x: u32): u32 { return y; }\n" });
  const plain = { files: { "a.ts": "export function one(): i32 { return 1; }" }, asc: ["a.ts", "-O1"] };
  const given = async (kept: string) => {
    vi.stubEnv("MOULT_KEPT", join(folder, kept));
    const { time: _, ...made } = await build(good, OPTIONS);
    const error = await build(bad, OPTIONS).catch((thrown: Error) => thrown);
    return [made, { ...(error as Error) }, (error as Error).message, await plainBytes(plain)];
  };
  const own = await given("own");
  expect(compile).toHaveBeenCalledTimes(2);
  vi.stubEnv("MOULT_COMPILER", shared);
  expect(await given("shared")).toEqual(own);
  expect(compile).toHaveBeenCalledTimes(2);
});

it("compiles alone where the shared compiler crashed, or is gone", async () => {
  vi.stubEnv("MOULT_COMPILER", shared);
  const deep = place({ "plugin.ts": `export const x: i32 = ${"(".repeat(20_000)}1${")".repeat(20_000)};\n` });
  expect(await ordered({ entry: deep, options: OPTIONS })).toBeNull();
  const own = place({ "plugin.ts": "export const one: i32 = 1;\n" });
  expect(await ordered({ entry: own, options: OPTIONS })).toMatchObject({ made: {} });
});
