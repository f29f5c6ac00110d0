/** What users of other systems complained about in public, where no other test shows what comes of it here. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { load, log } from "../../host/mod.ts";
import { cleanUp, folder, made } from "../state/author.ts";

afterAll(cleanUp);

const COUNTER = (step: number) => `
@state class S { n: u32 = 0; }
const s = state<S>();
export function add(): u32 { return s.n += ${step}; }`;
let one: Uint8Array;
let ten: Uint8Array;
beforeAll(async () => {
  [one, ten] = [(await made(COUNTER(1))).wasm, (await made(COUNTER(10))).wasm];
});

test("other code at the same path is that code, and a load that failed there spoils none after it", async () => {
  const path = join(folder, "same.wasm");
  const url = pathToFileURL(path);
  await writeFile(path, one);
  const first = await load(url);
  await writeFile(path, ten);
  const second = await load(url);
  expect([await first.call.add!(), await second.call.add!()]).toEqual([1, 10]);
  await writeFile(path, one.slice(0, -20));
  await expect(load(url)).rejects.toThrow("[invalid-module]");
  await expect(first.swap(url)).rejects.toThrow("[invalid-module]");
  await writeFile(path, ten);
  const third = await load(url);
  await first.swap(url);
  expect([await third.call.add!(), await first.call.add!()]).toEqual([10, 11]);
  await Promise.all([first, second, third].map((each) => each.close()));
});

test("NaN, zero and minus zero as keys of maps and sets are the keys that they were after a swap", async () => {
  const text = `
@state class S { map: Map<f64, string> = new Map(); set: Set<f32> = new Set(); }
const s = state<S>();
export function fill(): void {
  s.map.set(NaN, "nan"); s.map.set(-0.0, "minus"); s.map.set(0.0, "zero"); s.map.set(NaN, "again");
  s.set.add(<f32>NaN); s.set.add(-0.0);
}
export function show(): string {
  const keys = s.map.keys(), values = s.map.values(), set = s.set.values();
  let all = "";
  for (let i = 0; i < keys.length; i++) all += (1 / keys[i]).toString() + " " + values[i] + ", ";
  for (let i = 0; i < set.length; i++) all += (<f32>1 / set[i]).toString() + " ";
  return all;
}`;
  const { wasm } = await made(text);
  const plugin = await load(wasm);
  await plugin.call.fill!();
  const before = await plugin.call.show!();
  await plugin.swap(wasm);
  expect(await plugin.call.show!()).toBe(before);
  const again = await load(wasm, { state: await plugin.snapshot() });
  expect(await again.call.show!()).toBe(before);
  expect(before).toBe("NaN nan, -Infinity zero, NaN again, NaN -Infinity ");
  await Promise.all([plugin.close(), again.close()]);
});

test("what the constructors of its objects tell is told once, and not again when a state is restored", async () => {
  const { wasm } = await made(
    `
class Part { n: u32 = 0; constructor() { log.info("made"); } }
@state class S { parts: Part[] = []; }
const s = state<S>();
export function add(): u32 { return s.parts.push(new Part()); }`,
    { names: "log, state" },
  );
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const grant = [log({ debug: say, info: say, warn: say, error: say })];
  const plugin = await load(wasm, { grant });
  await plugin.call.add!();
  await plugin.call.add!();
  await plugin.swap(wasm);
  const again = await load(wasm, { grant, state: await plugin.snapshot() });
  expect(await again.call.add!()).toBe(3);
  expect(lines).toHaveLength(3);
  await Promise.all([plugin.close(), again.close()]);
});

test("a program that closes nothing ends when it has nothing more to do", async () => {
  const path = join(folder, "left.wasm");
  await writeFile(path, one);
  const sources = fileURLToPath(new URL("../sources.mjs", import.meta.url));
  const program = `
    import { load } from "moult";
    const plugin = await load(new URL(${JSON.stringify(pathToFileURL(path).href)}));
    await plugin.swap(new URL(${JSON.stringify(pathToFileURL(path).href)}), { probation: {} });
    console.log(await plugin.call.add());`;
  const cwd = fileURLToPath(new URL("../../", import.meta.url));
  const args = ["--import", pathToFileURL(sources).href, "--input-type=module", "-e", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, timeout: 60_000 });
  expect(stdout).toBe("1\n");
});
