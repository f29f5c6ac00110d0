/** The entry `moult/assemblyscript`: an adapter as a value, and AssemblyScript's loader where it is used and nowhere else. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import wabt from "wabt";
import { z } from "zod";
import { assemblyscript } from "../../host/guest/assemblyscript/mod.ts";
import { contract, load } from "../../host/mod.ts";
import { importsOf } from "../docs/layout.ts";
import { build } from "./build.ts";
import { refusal } from "./refusal.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const One = contract("test:plain/one@1", { one: { params: [], returns: z.int32() } });
const LOADER = "@assemblyscript/loader";

/** All that a file imports, whatever imports it, types too. */
function reached(path: string, found = new Set<string>()): Set<string> {
  for (const { to } of importsOf(path, readFileSync(root + path, "utf8"))) {
    if (found.has(to)) continue;
    found.add(to);
    if (to.endsWith(".ts")) reached(to, found);
  }
  return found;
}

test('import "moult" does not reach AssemblyScript\'s loader, nor the adapter that uses it', () => {
  const all = [...reached("host/mod.ts")];
  expect(all.length).toBeGreaterThan(60);
  expect(all.filter((each) => /assemblyscript/.test(each))).toEqual([]);
  expect(reached("host/guest/assemblyscript/mod.ts")).toContain(LOADER);
});

test("the loader is imported where it is used, when it is used", () => {
  const folder = "host/guest/assemblyscript/";
  const texts = readdirSync(root + folder).map((file) => readFileSync(root + folder + file, "utf8"));
  const running = texts.flatMap((text) => [
    ...text.matchAll(/(?<!type .*)(?:from|import\()\s*"@assemblyscript\/loader"/g),
  ]);
  expect(running.map(([match]) => match)).toEqual([`import("${LOADER}"`]);
});

test("one adapter serves every plugin", () => {
  expect(assemblyscript()).toBe(assemblyscript());
});

test.each<[unknown, string]>([
  ["assemblyscript", 'the text "assemblyscript"'],
  ["moult", 'the text "moult"'],
  [null, "null"],
  [assemblyscript, "function"],
  [{}, "object"],
])("what is no adapter is refused, naming the import: %s", async (abi, found) => {
  const bytes = new Uint8Array(8);
  expect(await refusal(load(One, bytes, { abi: abi as never }))).toBe(
    `[argument] could not load: the option abi is ${found}, wanted an adapter; for a plain AssemblyScript module, import { assemblyscript } from "moult/assemblyscript" and give abi: assemblyscript()`,
  );
});

/** Runs a program on the sources, in a process of its own whose intrinsics are frozen. */
async function frozen(before: string, bytes: Uint8Array): Promise<string> {
  const program = `
    ${before}
    const { contract, load } = await import("./host/mod.ts");
    const { assemblyscript } = await import("./host/guest/assemblyscript/mod.ts");
    const { z } = await import("zod");
    const One = contract("test:plain/one@1", { one: { params: [], returns: z.int32() } });
    const bytes = Uint8Array.from(${JSON.stringify([...bytes])});
    console.log(await load(One, bytes, { abi: assemblyscript() }).then(
      async (plugin) => await plugin.call.one(), (error) => error.message));
  `;
  const options = ["--no-warnings", "--conditions=moult-source", "--import", "./test/sources.mjs"];
  return execFileSync(process.execPath, [...options, "--input-type=module", "--eval", program], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, VITEST: undefined, NODE_OPTIONS: undefined },
  }).trim();
}

const FREEZE =
  "for (const each of [Object, Array, Function]) { Object.freeze(each); Object.freeze(each.prototype); }";

const withObjects = () => build("export function one(): i32 { return 1; }");

test("it serves numbers where the intrinsics are frozen", async () => {
  const { parseWat } = await wabt();
  const module = parseWat("one.wat", '(module (func (export "one") (result i32) i32.const 1))');
  expect(await frozen(FREEZE, module.toBinary({}).buffer)).toBe("1");
});

test("it says what its loader calls for where the intrinsics are frozen, and objects may cross", async () => {
  expect(await frozen(FREEZE, await withObjects())).toMatch(
    /^\[argument\] could not load bytes: @assemblyscript\/loader, which abi: assemblyscript\(\) calls for, cannot be imported here: Cannot assign to read only property 'hasOwn'.*; where the intrinsics are frozen, import it before they are$/,
  );
});

test("it serves where the loader was imported before the intrinsics were frozen", async () => {
  expect(await frozen(`await import("${LOADER}"); ${FREEZE}`, await withObjects())).toBe("1");
});
