import { afterAll, expect, test } from "vitest";
import { cleanUp, errorsOf, made, running } from "./author.ts";

afterAll(cleanUp);

test("a step for this very state runs, though the change would be lossless too", async () => {
  const plugin = await running(`@state class S { timeout: u32 = 5; }
const s = state<S>();
export function get(): u32 { return s.timeout; }`);
  const next = await made(`class SV1 { timeout: u32 = 5; }
@state
class S { timeout: u32 = 5; deadline: u64 = 0;
  static from(old: SV1): S { return { timeout: old.timeout, deadline: old.timeout * 1000 }; } }
const s = state<S>();
export function get(): u32 { return <u32>s.deadline; }`);
  const record = await plugin.swap(next.wasm);
  expect([record.way, record.steps]).toEqual(["migrated", ["SV1", "S"]]);
  expect(await plugin.call.get!()).toBe(5000);
  // Its own state is its own, and no step's.
  expect(await plugin.swap(next.wasm)).toMatchObject({ way: "same", steps: ["S"] });
  expect(await plugin.call.get!()).toBe(5000);
  await plugin.close();
});

const seconds = `@state class S { timeout: u32 = 5; }
const s = state<S>();
export function get(): u32 { return s.timeout; }`;

test("@revision lets a step run between classes of the same fields", async () => {
  const plugin = await running(seconds);
  const next = await made(
    `class SV1 { timeout: u32 = 5; }
@revision(2) @state
class S { timeout: u32 = 5000;
  static from(old: SV1): S { return { timeout: old.timeout * 1000 }; } }
const s = state<S>();
export function get(): u32 { return s.timeout; }`,
    { names: "revision, state" },
  );
  expect(next.manifest.state?.schema).toMatchObject({ name: "S", moult: "revision 2" });
  expect(await plugin.swap(next.wasm)).toMatchObject({ way: "migrated", steps: ["SV1", "S"] });
  expect(await plugin.call.get!()).toBe(5000);
  expect(await plugin.swap(next.wasm)).toMatchObject({ way: "same" });
  // Back is a change of meaning too.
  const before = await made(seconds);
  await expect(plugin.swap(before.wasm)).rejects.toThrow(
    "state: is revision 1 of S, was revision 2: the same fields mean something else; " +
      "only a step can bridge (static from)",
  );
  // Over several revisions, each from the one before it.
  const third = await made(
    `class SV1 { timeout: u32 = 5; }
@revision(2) class SV2 { timeout: u32 = 5000;
  static from(old: SV1): SV2 { return { timeout: old.timeout * 1000 }; } }
@revision(3) @state
class S { timeout: u32 = 5000000;
  static from(old: SV2): S { return { timeout: old.timeout * 1000 }; } }
const s = state<S>();
export function get(): u32 { return s.timeout; }`,
    { names: "revision, state" },
  );
  const first = await running(seconds);
  expect((await first.swap(third.wasm)).steps).toEqual(["SV1", "SV2", "S"]);
  expect(await first.call.get!()).toBe(5_000_000);
  expect((await plugin.swap(third.wasm)).steps).toEqual(["SV2", "S"]);
  expect(await plugin.call.get!()).toBe(5_000_000);
  await Promise.all([plugin.close(), first.close()]);
});

test("a class inside the state has revisions too", async () => {
  const inner = (mark: string) => `${mark}class Page { seconds: u32 = 1; }
@state class Site { pages: Map<string, Page> = new Map(); }
const site = state<Site>();
export function put(): void { site.pages.set("a", new Page()); }`;
  const plugin = await running(inner(""));
  await plugin.call.put!();
  const next = await made(inner("@revision(2) "), { names: "revision, state" });
  await expect(plugin.swap(next.wasm)).rejects.toThrow("pages{}: is revision 2 of Page, was revision 1");
  await plugin.close();
});

const never = "this step can never run";
const fields = "has the same fields as";

test.each<[what: string, text: string, error: string]>([
  [
    "the same fields",
    `class SV1 { timeout: u32 = 5; }
@state class S { timeout: u32 = 5000;
  static from(old: SV1): S { return { timeout: old.timeout * 1000 }; } }`,
    `3: ${never}: S ${fields} SV1, so its state is taken as one of S; ` +
      "if they mean something else, write @revision(2) above class S",
  ],
  [
    "the same fields of a class inside that has a number, too",
    `class PageV1 { hits: u32 = 0; }\nclass SV1 { all: PageV1[] = []; }\nclass Page { hits: u32 = 0; }
@state class S { all: Page[] = [];
  static from(old: SV1): S { return new S(); } }`,
    `5: ${never}: S ${fields} SV1, so its state is taken as one of S; ` +
      "if they mean something else, write @revision(2) above class S",
  ],
  [
    "the same fields and revision",
    `@revision(2) class SV1 { timeout: u32 = 5; }
@revision(2) @state class S { timeout: u32 = 5; static from(old: SV1): S { return new S(); } }`,
    `2: ${never}: S ${fields} SV1, so its state is taken as one of S; ` +
      "if they mean something else, write @revision(3) above class S",
  ],
  [
    "the fields of a newer class",
    `class A { x: u32 = 0; }
class B { x: u32 = 5; static from(old: A): B { return { x: old.x + 1 }; } }
@state class S { x: u64 = 0;
  static from(old: B): S { return { x: old.x }; } }`,
    `2: ${never}: B ${fields} A, so its state is taken as one of B; ` +
      "if they mean something else, write @revision(2) above class B",
  ],
])("a step from %s is an error of the build, which says what to write", async (_, text, error) => {
  expect(await errorsOf(`${text}\nexport function f(): void {}`, { names: "revision, state" })).toEqual([
    error,
  ]);
});

test("a step from another class of the same fields runs where a class inside has another name", async () => {
  const plugin = await running(`class Pg { hits: u32 = 7; }
@state class Site { page: Pg = new Pg(); }
const site = state<Site>();
export function hits(): u32 { return site.page.hits; }`);
  const next = await made(`class Pg { hits: u32 = 7; }
class SiteV1 { page: Pg = new Pg(); }
class Page { hits: u32 = 7; }
@state class Site { page: Page = new Page();
  static from(old: SiteV1): Site { return { page: { hits: old.page.hits + 1 } }; } }
const site = state<Site>();
export function hits(): u32 { return site.page.hits; }`);
  expect((await plugin.swap(next.wasm)).steps).toEqual(["SiteV1", "Site"]);
  expect(await plugin.call.hits!()).toBe(8);
  await plugin.close();
});
