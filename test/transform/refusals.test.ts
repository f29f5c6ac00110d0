import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BuildOptions, build } from "../../abi/transform/build.ts";
import { BuildError } from "../../abi/transform/build-error.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "moult-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** All that is wrong with a program, each as `line:column message`. */
async function wrong(source: string, options: BuildOptions = {}): Promise<string[]> {
  const entry = join(folder, "entry.ts");
  await writeFile(entry, source);
  try {
    await build(entry, { optimize: "debug", ...options });
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    return error.diagnostics.map((one) => `${one.line}:${one.column} ${one.message}`);
  }
  return [];
}

const refused: readonly (readonly [what: string, source: string, message: string])[] = [
  [
    "a function type",
    "export function f(then: (x: i32) => void): void {}",
    "1:25 a function cannot cross into the host: pass data, and name what to do with it",
  ],
  [
    "an interface",
    "interface Shape { x: i32 }\nexport function f(s: Shape): void {}",
    "2:22 Shape is an interface, which has no layout: write a class",
  ],
  [
    "a class in a namespace",
    "namespace geo { export class Point { x: i32 = 0 } }\nexport function f(p: geo.Point): void {}",
    "2:22 Point is declared inside geo: move it to the top level of its file",
  ],
  [
    "an enum in a namespace",
    "namespace geo { export enum Axis { X, Y } }\nexport function f(p: geo.Axis): void {}",
    "2:22 Axis is declared inside geo: move it to the top level of its file",
  ],
  [
    "a recursive class",
    "class Tree { left: Tree | null = null; }\nexport function f(t: Tree): void {}",
    "1:20 Tree contains itself: pass a list, and say by index what belongs to what",
  ],
  [
    "a class that contains itself by way of another",
    "class A { bs: Array<B> = []; }\nclass B { a: A | null = null; }\nexport function f(a: A): void {}",
    "2:14 A contains itself: pass a list, and say by index what belongs to what",
  ],
  [
    "a generic function",
    "export function f<T>(x: T): T { return x; }",
    "1:17 f is generic, and the host cannot pick its types: write one function for each",
  ],
  [
    "a function without a body",
    "export declare function f(): void;",
    "1:25 f has no body, so there is nothing to call",
  ],
  [
    "usize",
    "export function f(at: usize): void {}",
    "1:23 usize is as wide as the guest's memory: write u32 or u64",
  ],
  [
    "isize",
    "export function f(): isize { return 0; }",
    "1:22 isize is as wide as the guest's memory: write i32 or i64",
  ],
  [
    "v128",
    "export function f(x: v128): void {}",
    "1:22 v128 cannot cross into the host: write integers, floats or a Uint8Array",
  ],
  [
    "externref",
    "export function f(x: externref): void {}",
    "1:22 externref cannot cross into the host: write integers, floats or a Uint8Array",
  ],
  [
    "void as a value",
    "export function f(x: Array<void>): void {}",
    "1:28 void holds no value: it can only be a function's result",
  ],
  [
    "Date",
    "export function f(x: Date): void {}",
    "1:22 Date cannot cross into the host: pass its milliseconds as i64",
  ],
  [
    "StaticArray of anything but bytes",
    "export function f(x: StaticArray<i32>): void {}",
    "1:22 StaticArray<i32> cannot cross into the host: write Array, a typed array, or StaticArray<u8>",
  ],
  [
    "another class of AssemblyScript's library",
    "export function f(x: DataView): void {}",
    "1:22 DataView cannot cross into the host: write a class with the fields that matter",
  ],
  [
    "a variable",
    "export let total: i32 = 0;",
    "1:12 total is a variable, and the host calls functions: write export function total(); " +
      "only a constant whose value is written out, like 3, -1 or 60 * 1000, may stay, for other files",
  ],
  [
    "an arrow function",
    "export const double = (x: i32): i32 => x * 2;",
    "1:14 double is a variable, and the host calls functions: write export function double(); " +
      "only a constant whose value is written out, like 3, -1 or 60 * 1000, may stay, for other files",
  ],
  [
    "a namespace",
    "export namespace tools { export function f(): void {} }",
    "1:18 tools is a namespace: export its functions by themselves",
  ],
  [
    "a default export",
    "export default function f(): void {}",
    "1:25 a default export has no name in WIT: write export function name()",
  ],
  [
    "a default argument",
    "export function f(x: i32 = 1): void {}",
    "1:19 the host passes every argument, so none has a default or may be left out: " +
      'write x: Option<i32>, which is in "moult/guest"',
  ],
  [
    "a rest parameter",
    "export function f(...x: Array<i32>): void {}",
    "1:19 the host passes a fixed number of arguments: write an Array",
  ],
  [
    "a number that may be null",
    "export function f(): u32 | null { return null; }",
    '1:22 u32 cannot be null: write Option<u32> from "moult/guest"',
  ],
  [
    "an enum that may be null",
    "enum Color { Red }\nexport function f(x: Color | null): void {}",
    '2:22 Color cannot be null: write Option<Color> from "moult/guest"',
  ],
  [
    "an enum with numbers of its own",
    "enum Color { Red = 1, Green }\nexport function f(x: Color): void {}",
    "1:14 Color.Red is 1: an enum that crosses counts 0, 1, 2 ...; " +
      "leave its values out, or take the number itself (u16, i32) and keep the names as constants",
  ],
  [
    "an abstract class",
    "abstract class Base { x: i32 = 0; }\nexport function f(x: Base): void {}",
    "2:22 Base is abstract, so no object of it can be made: write the class that you mean",
  ],
  [
    "a class outside the collector",
    "@unmanaged class Raw { x: i32 = 0; }\nexport function f(x: Raw): void {}",
    "2:22 Raw is @unmanaged: only managed classes can cross",
  ],
  [
    "a class that extends one of the library",
    "class Fault extends Error { code: i32 = 0; }\nexport function f(x: Fault): void {}",
    "1:21 Fault extends Error: only classes of your own can cross",
  ],
  [
    "a class without fields",
    "class Nothing {}\nexport function f(x: Nothing): void {}",
    "1:7 Nothing has no fields: nothing would cross",
  ],
  [
    "a field without a type",
    "class Point { x = 0; }\nexport function f(x: Point): void {}",
    "1:15 Type expected.",
  ],
  ["a function without a result type", "export function f(x: i32) {}", "1:26 Type expected."],
  ["an unknown type", "export function f(x: Missing): void {}", "1:22 cannot find the type Missing"],
  [
    "two functions of one name in WIT",
    "export function getX(): void {}\nexport function get_x(): void {}",
    '2:17 function get_x is "get-x" in WIT, and so is function getX: ' +
      "functions and types of an interface share their names",
  ],
  [
    "two classes of one name",
    'import { Item } from "./other";\nclass Wrap { item: Item = new Item(); }\n' +
      'import * as mine from "./mine";\nexport function f(x: Wrap, y: mine.Item): void {}',
    '1:14 class Item is "item" in WIT, and so is another: functions and types of an interface share their names',
  ],
  [
    "two fields of one name in WIT",
    "class Point { maxX: i32 = 0; max_x: i32 = 0; }\nexport function f(x: Point): void {}",
    '1:30 the fields maxX and max_x are both "max-x" in WIT: rename one',
  ],
  [
    "a name that WIT cannot spell",
    "export function _private(): void {}",
    '1:17 "_private" is no name in WIT, where it would be "-private": begin every word with a letter',
  ],
  [
    "a hook of another signature",
    "export function start(x: i32): void {}",
    "1:17 start is called by the host at a turn of the plugin's life: write start(): void",
  ],
  [
    "save without restore",
    'import { Sink } from "moult/guest";\nexport function save(sink: Sink): bool { return true; }',
    "2:17 save without restore: write restore(source: Source): void as well",
  ],
  [
    "restore without save",
    'import { Source } from "moult/guest";\nexport function restore(source: Source): void {}',
    "2:17 restore without save: write save(sink: Sink): bool as well",
  ],
  [
    "@state together with hooks by hand",
    'import { Sink, Source, state } from "moult/guest";\n@state class Totals { n: i32 = 0; }\n' +
      "export function save(sink: Sink): bool { return true; }\nexport function restore(source: Source): void {}",
    "3:17 the @state class Totals is saved and restored by itself: drop save",
  ],
  [
    "two @state classes",
    "@state class A { n: i32 = 0; }\n@state class B { n: i32 = 0; }\nexport function f(): void {}",
    "2:14 A is the @state class: there can be only one; an older version of it needs no mark, " +
      "only `static from(old)` in the class that follows it",
  ],
  [
    "a capability without a version",
    '@capability("acme:metrics/counter") class C { static f(): void { imported<void>(); } }\nexport function g(): void {}',
    '1:43 "acme:metrics/counter" is no interface: write a name with its version, like "acme:metrics/counter@1.0.0"',
  ],
  [
    "a capability with a method that is not static",
    '@capability("a:b/c@1.0.0") class C { f(): void {} }\nexport function g(): void {}',
    "1:38 C.f is not static: a capability has no instances",
  ],
  [
    "console",
    'export function f(): void { console.log("x"); }',
    '1:29 there is no console: write log.info() of "moult/guest"',
  ],
  [
    "a variable of the author's own that is imported",
    '@external("env", "limit") declare const limit: i32;\nexport function f(): i32 { return limit; }',
    "1:41 the code imports the variable env.limit, and a host grants functions: " +
      "ask for its value by a static method of a @capability class",
  ],
  [
    "a variable that is only declared",
    "declare let limit: i32;\nexport function f(): i32 { return limit; }",
    "1:13 the code imports the variable entry.limit, and a host grants functions: " +
      "ask for its value by a static method of a @capability class",
  ],
  [
    "a variable of the host's",
    '@external("config", "limit") declare const LIMIT: u32;\nexport function f(): u32 { return LIMIT; }',
    "1:44 the code imports the variable config.limit, and a host grants functions: " +
      "ask for its value by a static method of a @capability class",
  ],
  [
    "a variable of the host's that is assigned",
    '@external("config", "limit") declare let limit: i64;\nexport function f(): void { limit = 1; }',
    "1:42 the code imports the variable config.limit, and a host grants functions: " +
      "ask for its value by a static method of a @capability class",
  ],
  [
    "a variable of the host's in a namespace",
    "declare namespace host { const limit: f64; }\nexport function f(): f64 { return host.limit; }",
    "1:32 the code imports the variable entry.host.limit, and a host grants functions: " +
      "ask for its value by a static method of a @capability class",
  ],
  [
    "a constant that is computed",
    "function two(): i32 { return 2; }\nexport const TWO: i32 = two();\nexport function f(): void {}",
    "2:14 TWO is a variable, and the host calls functions: write export function TWO(); " +
      "only a constant whose value is written out, like 3, -1 or 60 * 1000, may stay, for other files",
  ],
  [
    "a constant that is an object",
    "export const LIST: Array<i32> = [1];\nexport function f(): void {}",
    "1:14 LIST is a variable, and the host calls functions: write export function LIST(); " +
      "only a constant whose value is written out, like 3, -1 or 60 * 1000, may stay, for other files",
  ],
  [
    "an import of the author's own",
    '@external("env", "magic") declare function magic(): void;\nexport function f(): void { magic(); }',
    "1:44 the code imports env.magic, which no host can know: " +
      "declare it as a static method of a @capability class",
  ],
];

describe("the author is told, at the line and column, about", () => {
  beforeAll(async () => {
    await writeFile(join(folder, "other.ts"), "export class Item { x: i32 = 0; }\n");
    await writeFile(join(folder, "mine.ts"), "export class Item { y: i32 = 0; }\n");
  });

  test.each(refused)("%s", async (_, source, message) => {
    expect(await wrong(source)).toEqual([message]);
  });
});

test("one build shows what is wrong with every function", async () => {
  expect(await wrong("export function f(x: usize): void {}\nexport function g(x: Date): void {}")).toEqual([
    "1:22 usize is as wide as the guest's memory: write u32 or u64",
    "2:22 Date cannot cross into the host: pass its milliseconds as i64",
  ]);
});

test("the compiler's own errors come with place and frame, and are not hidden behind ours", async () => {
  await writeFile(join(folder, "entry.ts"), "export function f(x: i32): string {\n  return x;\n}\n");
  const failed = build(join(folder, "entry.ts"), { optimize: "debug", from: folder });
  await expect(failed).rejects.toMatchObject({
    message:
      `could not build ${join(folder, "entry.ts")}: 1 error\n\n` +
      "entry.ts:2:10 error TS2322: Type 'i32' is not assignable to type '~lib/string/String'.\n" +
      "2 |   return x;\n             ^",
  });
});

test("an entry that is not there is an error with its name", async () => {
  await expect(build(join(folder, "missing.ts"))).rejects.toThrow(/could not build .*missing\.ts: /);
});

test("a wrong interface in the options is an error", async () => {
  expect(await wrong("export function f(): void {}", { interface: "demo:logs/handler" })).toEqual([
    'undefined:undefined "demo:logs/handler" is no interface: ' +
      'write a name with its version, like "demo:logs/handler@1.0.0"',
  ]);
});

test("a wrong version in the options is an error", async () => {
  expect(await wrong("export function f(): void {}", { version: "1.0" })).toEqual([
    'undefined:undefined "1.0" is no version: write three numbers, like 1.0.0',
  ]);
});

test.each(["a\nb", "\u001b[2J", "a\u202eb", "", "x".repeat(257)])(
  "the plugin's name %j is an error",
  async (name) => {
    expect(await wrong("export function f(): void {}", { name })).toEqual([
      `undefined:undefined ${JSON.stringify(name)} is no name: write a line of 1 to 256 characters`,
    ]);
  },
);

test.each(["1.0.0\n2", "1.0.0-\u001b[2J"])("the version %j is an error", async (version) => {
  expect(await wrong("export function f(): void {}", { version })).toEqual([
    `undefined:undefined ${JSON.stringify(version)} is no version: write three numbers, like 1.0.0`,
  ]);
});

test("the author is warned where a subclass would lose its fields", async () => {
  const entry = join(folder, "entry.ts");
  await writeFile(
    entry,
    "class Animal { legs: u8 = 4; }\nclass Dog extends Animal { name: string = ''; }\n" +
      "export function f(): Animal { return new Dog(); }\n",
  );
  const { warnings } = await build(entry, { optimize: "debug", from: folder });
  expect(warnings).toEqual([
    "entry.ts:1:7 warning AS109: Dog extends Animal: where Animal crosses, only the fields of Animal do\n" +
      "1 | class Animal { legs: u8 = 4; }\n          ^^^^^^",
  ]);
});

test.each(["3", "-1", "60 * 1000", '"text"', "true", "(<i32>7)", "0xff"])(
  "a constant that is %s is left out of the interface, with a note, and its readers go on",
  async (value) => {
    const entry = join(folder, "entry.ts");
    await writeFile(
      entry,
      `export const MAX = ${value};\nexport function f(): string { return MAX.toString(); }\n`,
    );
    const { notes, warnings, manifest } = await build(entry, { optimize: "debug", from: folder });
    expect(warnings).toEqual([]);
    expect(notes[0]).toContain(
      "entry.ts:1:14 note AS109: MAX is left out of the interface: a host calls functions, and sees no constants\n",
    );
    expect(manifest.exports.map(({ name }) => name)).toEqual(["f"]);
  },
);

test.each([
  ["", "1:1 warning AS109: this plugin exports nothing"],
  ["function f(): void {}\nf();", "1:1 warning AS109: this plugin exports nothing"],
  ["export class Report { x: i32 = 1; }", "1:14 warning AS109: this plugin exports only Report"],
  ["export const MAX = 3;\nexport enum E { a }", "1:14 warning AS109: this plugin exports only MAX, E"],
])("a plugin without a function is told so: %s", async (text, said) => {
  const entry = join(folder, "entry.ts");
  await writeFile(entry, `${text}\n`);
  const { warnings } = await build(entry, { optimize: "debug", from: folder });
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain(
    `entry.ts:${said}, so a host has nothing to call: write export function name()\n`,
  );
});

test("a plugin that only starts is not told that it has no function", async () => {
  const entry = join(folder, "entry.ts");
  await writeFile(
    entry,
    'import { log } from "moult/guest";\nexport function start(): void { log.info("x"); }\n',
  );
  expect((await build(entry, { optimize: "debug" })).warnings).toEqual([]);
});

test("the options of the compiler cannot have the table imported", async () => {
  const entry = join(folder, "entry.ts");
  await writeFile(
    entry,
    "export function f(xs: Array<i32>): Array<i32> { return xs.map<i32>((x) => x + 1); }\n",
  );
  const { wasm } = await build(entry, { optimize: "debug", asc: ["--importTable"] });
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(new Uint8Array(wasm)));
  expect(imports.filter(({ kind }) => kind === "table")).toEqual([]);
});
