import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { type BuildDiagnostic, BuildError, build, library } from "moult/transform";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compiler } from "../../host/dev/compiler.ts";
import { pluginCompiler } from "../../host/vite/compiler.ts";

const kept = library();
const thread = compiler();
const vite = pluginCompiler({ optimize: "debug", asc: [] });
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "moult-hint-"));
});
afterAll(async () => {
  await Promise.all([thread.close(), vite.close()]);
  rmSync(folder, { recursive: true });
});

function written(text: string): string {
  const entry = join(folder, "plugin.ts");
  writeFileSync(entry, `${text}\n`);
  return entry;
}

/** What is wrong first, whoever builds it. */
async function first(building: Promise<unknown>): Promise<BuildDiagnostic> {
  const failed = await building.catch((error: unknown) => error);
  if (!(failed instanceof BuildError)) throw new Error("it builds, or failed otherwise", { cause: failed });
  return failed.diagnostics[0]!;
}

/** What a diagnostic says to do: by its message, or beside it. */
const said = ({ message, hint }: BuildDiagnostic) => hint ?? message;

describe.each([
  ["a closure", "export function f(a: i32): i32 { return [1].map<i32>((v) => v + a)[0]; }", /use a loop/],
  ["for-of", "export function f(): void { for (const v of [1, 2]) v; }", /let i = 0; i < list.length/],
  ["for-in", "export function f(): void { for (const k in [1]) {} }", /^there is no for-in/],
  ["try and catch", "export function f(): void { try { f(); } catch (e) {} }", /give Result<T, E>/],
  ["a union", "export function f(a: i32 | string): void {}", /^a value has one type: only a class/],
  ["any", "export function f(a: any): void {}", /^a value has one type, which the compiler knows/],
  ["a helper type", "export function f(a: Record<string, i32>): void {}", /write a class, Map<K, V>/],
  ["an extension", 'import { a } from "./a.js";\nexport function f(): i32 { return a; }', /write "\.\/name"/],
  ["a file", 'import { a } from "./a";\nexport function f(): i32 { return a; }', /^paths are from the file/],
  ["a package", 'import { z } from "zod";\nexport function f(): i32 { return z; }', /^packages from npm/],
  ["async", "export async function f(): Promise<i32> { return 1; }", /leave async out/],
  ["await", "export function f(): i32 { return await f(); }", /^there is nothing to await/],
  ["an object", "export function f(): i32 { const o = { a: 1 }; return o.a; }", /^an object needs a class/],
  ["an expression", "export function f(s: string): bool { return /a/.test(s); }", /^use indexOf/],
  ["?.", "export function f(a: string | null): i32 { return a?.length; }", /^there is no \?\./],
  ["??", 'export function f(a: string | null): string { return a ?? ""; }', /^there is no \?\?/],
  ["parts", "export function f(): i32 { const [a] = [1]; return a; }", /^values are not taken apart/],
  ["spread", "export function f(): i32[] { return [1, ...[2]]; }", /^use concat/],
  ["JSON", "export function f(): string { return JSON.stringify(1); }", /need no JSON/],
  ["a timer", "export function f(): void { setTimeout(f, 1); }", /marked @capability/],
  ["a generator", "export function* f(): i32 { yield 1; }", /^there are no generators/],
  ["a missing type", "export function f(a): i32 { return a; }", /^every parameter and every result/],
  ["a tuple", "export function f(a: [i32, i32]): void {}", /^there are no tuples/],
  ["a type of an object", "type A = { x: i32 };\nexport function f(a: A): void {}", /write class Name/],
  ["null", "class A { b: i32 = 1; }\nexport function f(a: A | null): i32 { return a.b; }", /^it may be null/],
  ["a cast", "export function f(a: i64): i32 { return a; }", /^write <T>value/],
  ["texts in an enum", 'enum E { a = "x" }\nexport function f(): i32 { return E.a; }', /^enums are numbers/],
  [
    "a closure in a function",
    "export function f(k: i32): i32 { function g(x: i32): i32 { return x + k; } return g(1); }",
    /^a function sees/,
  ],
  [
    "a closure without types",
    "export function f(k: i32): i32[] { return [1].map((x) => x * k); }",
    /map<i32>\(\(x\) =>/,
  ],
  [
    "a closure that sums up",
    "export function f(): i32 { let s = 0; [1].forEach((x) => { s += x; }); return s; }",
    /use a loop/,
  ],
  [
    "for-of of a Map",
    "export function f(m: Map<i32, i32>): void { for (const [k, v] of m) {} }",
    /keys\(\) or values\(\)/,
  ],
  ["try without a name", "export function f(): void { try { f(); } catch { } }", /give Result<T, E>/],
  ["finally", "export function f(): void { try { f(); } finally { } }", /give Result<T, E>/],
  [
    "string | number",
    "export function f(a: string | number): void {}",
    /^a value has one type: only a class/,
  ],
  [
    "texts of which one is meant",
    "type Level = 'low' | 'high';\nexport function f(a: Level): void {}",
    /enum Level/,
  ],
  [
    "an expression that is made",
    'export function f(s: string): bool { return new RegExp("a").test(s); }',
    /use indexOf/,
  ],
  ["console.log", 'export function f(): void { console.log("x"); }', /write log\.info\(\) of "moult\/guest"/],
  ["Date.now()", "export function f(): i64 { return Date.now(); }", /write clock\.now\(\) of "moult\/guest"/],
  [
    "new Date()",
    "export function f(): i64 { return new Date().getTime(); }",
    /clock\.now\(\) of "moult\/guest"/,
  ],
  ["Date()", "export function f(): string { return Date(); }", /clock\.now\(\) of "moult\/guest"/],
  ["performance", "export function f(): f64 { return performance.now(); }", /write clock\.monotonic\(\)/],
  [
    "crypto",
    "export function f(): void { crypto.getRandomValues(new Uint8Array(4)); }",
    /write random\.bytes\(\)/,
  ],
  ["1n", "export function f(): u64 { return 1n; }", /^leave the n out/],
  ["bigint", "export function f(a: bigint): void {}", /^64-bit integers are u64 and i64/],
  ["BigInt()", "export function f(): u64 { return BigInt(1); }", /U64\.parseInt/],
  ["#private", "class A { #x: i32 = 1; }\nexport function f(): void {}", /^write private name/],
  [
    "an enum with numbers",
    "enum E { ok = 200, no = 404 }\nexport function f(a: E): void {}",
    /take the number itself/,
  ],
  ["an enum with a gap", "enum E { a, b = 5 }\nexport function f(a: E): void {}", /take the number itself/],
  [
    "y?: i32",
    "export function f(x: i32, y?: i32): void {}",
    /write y: Option<i32>, which is in "moult\/guest"/,
  ],
  ["y?: string", "export function f(y?: string): void {}", /write y: string \| null$/],
  ["a default", "export function f(y: string | null = null): void {}", /write y: string \| null$/],
  ["Number()", "export function f(s: string): f64 { return Number(s); }", /parseFloat/],
  ["Array.from", "export function f(s: Set<i32>): i32[] { return Array.from(s); }", /are arrays/],
  ["as const", "export function f(): i32 { const x = [1] as const; return 1; }", /^leave as const out/],
])("of %s", (_, text, wanted) => {
  it("build says what to write instead, and where", async () => {
    const found = await first(build(written(text), { optimize: "debug", library: kept, from: folder }));
    expect(said(found)).toMatch(wanted);
    expect(found).toMatchObject({ file: "plugin.ts", line: expect.any(Number), frame: expect.any(String) });
  });

  it("the thread that every verb builds in says it", async () => {
    const found = await first(
      thread.build(written(text), { optimize: "debug", from: join(folder, "a", "b") }),
    );
    expect(said(found)).toMatch(wanted);
    expect(found).toMatchObject({ file: "../../plugin.ts", line: expect.any(Number) });
  });

  it("Vite's overlay says it", async () => {
    const failed = await vite.build(written(text)).catch((error: unknown) => error);
    const { message, loc } = failed as { message: string; loc: unknown };
    // On a line of its own, or at the end of the first message.
    const lines = message
      .split("\n")
      .flatMap((line) => [line.replace(/^hint: /, ""), line.replace(/^\w+: /, "")]);
    expect(
      lines.some((line) => wanted.test(line)),
      message,
    ).toBe(true);
    expect(loc).toMatchObject({ file: join(folder, "plugin.ts"), line: expect.any(Number) });
  });
});

it("adds nothing to what says by itself what to write", async () => {
  const hint = async (text: string) => (await first(build(written(text), { library: kept }))).hint;
  expect(await hint("export function f(a: Date): void {}")).toBeUndefined();
  expect(await hint("export function f(a: () => void): void {}")).toBeUndefined();
  expect(await hint("export function f(): i32 { return g(); }")).toBeUndefined();
});

it("says paths from the working directory, unless it is told another folder", async () => {
  const { file } = await first(build(written("oops"), { optimize: "debug", library: kept }));
  expect(file).toBe(relative(process.cwd(), join(folder, "plugin.ts")).replaceAll("\\", "/"));
});

it("shows every use of what is not there, and no other name that is alike", async () => {
  const text = `import { log } from "moult/guest";
class Own { log(text: string): void { log.info(text); } trace(): void {} }
export function f(): void {
  console.log("a");
  new Own().log("console.log");
  new Own().trace();
}
export function g(): void { console.log("b"); console.error("c"); }`;
  const failed = await build(written(text), { optimize: "debug", library: kept }).catch(
    (error: unknown) => error,
  );
  const places = (failed as BuildError).diagnostics.map(({ line, column }) => `${line}:${column}`);
  expect(places).toEqual(["4:3", "8:29", "8:47"]);
});

it.each([
  "export function f(xs: Array<i32>): Array<i32> { return xs.map<i32>((x) => x * 2); }",
  "export function f(): u64 { const big: u64 = 1; return big; }",
  "class A { private x: i32 = 1; get(): i32 { return this.x; } }\nexport function f(): i32 { return new A().get(); }",
  'import { Option } from "moult/guest";\nexport function f(y: Option<i32>): i32 { return y.or(1); }',
  "export function f(y: string | null): void {}",
  "const ok: u16 = 200;\nexport function f(a: u16): bool { return a == ok; }",
  'import { clock } from "moult/guest";\nexport function f(): u64 { return clock.now(); }',
  "export function f(m: Map<i32, i32>): i32 { let s = 0; const k = m.keys(); " +
    "for (let i = 0; i < k.length; i++) s += m.get(k[i]); return s; }",
  'export function f(s: string): f64 { return parseFloat(s) + <f64>I32.parseInt("1"); }',
  "export function f(): u64 { return <u64>1 + U64.parseInt('2'); }",
])("what it says to write builds: %s", async (text) => {
  const { warnings } = await build(written(text), { optimize: "debug", library: kept });
  expect(warnings).toEqual([]);
});
