import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BuildError, build, library } from "moult/transform";
import { afterAll, beforeAll, expect, it } from "vitest";
import { hint } from "../../host/dev/hint.ts";

const kept = library();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "moult-hint-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What is said to the first error of a program. */
async function first(text: string): Promise<string | undefined> {
  const entry = join(folder, "plugin.ts");
  writeFileSync(entry, `${text}\n`);
  const failed = await build(entry, { optimize: "debug", library: kept }).catch((error: unknown) => error);
  if (!(failed instanceof BuildError)) throw new Error(`it builds: ${text}`);
  const [diagnostic] = failed.diagnostics;
  return diagnostic && hint(diagnostic);
}

it.each([
  ["a closure", "export function f(a: i32): i32 { return [1].map<i32>((v) => v + a)[0]; }", /use a loop/],
  ["for-of", "export function f(): void { for (const v of [1, 2]) v; }", /let i = 0; i < list.length/],
  ["for-in", "export function f(): void { for (const k in [1]) {} }", /^for-in is not there/],
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
  ["?.", "export function f(a: string | null): i32 { return a?.length; }", /^\?\. is not there/],
  ["??", 'export function f(a: string | null): string { return a ?? ""; }', /^\?\? is not there/],
  ["parts", "export function f(): i32 { const [a] = [1]; return a; }", /^values are not taken apart/],
  ["spread", "export function f(): i32[] { return [1, ...[2]]; }", /^use concat/],
  ["JSON", "export function f(): string { return JSON.stringify(1); }", /need no JSON/],
  ["a timer", "export function f(): void { setTimeout(f, 1); }", /marked @capability/],
  ["a generator", "export function* f(): i32 { yield 1; }", /^generators are not there/],
  ["a missing type", "export function f(a): i32 { return a; }", /^every parameter and every result/],
  ["a tuple", "export function f(a: [i32, i32]): void {}", /^tuples are not there/],
  ["a type of an object", "type A = { x: i32 };\nexport function f(a: A): void {}", /write class Name/],
  ["null", "class A { b: i32 = 1; }\nexport function f(a: A | null): i32 { return a.b; }", /^it may be null/],
  ["a cast", "export function f(a: i64): i32 { return a; }", /^write <T>value/],
  ["texts in an enum", 'enum E { a = "x" }\nexport function f(): i32 { return E.a; }', /^enums are numbers/],
])("says what to write instead of %s", async (_, text, said) => {
  expect(await first(text)).toMatch(said);
});

it("adds nothing to what says by itself what to write", async () => {
  expect(await first("export function f(a: Date): void {}")).toBeUndefined();
  expect(await first("export function f(a: () => void): void {}")).toBeUndefined();
  expect(await first("export function f(): i32 { return g(); }")).toBeUndefined();
});
