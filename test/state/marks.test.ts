/** `@shared` and `@transient` stand where they say something, or the build says what to write. */
import { afterAll, describe, expect, test } from "vitest";
import { cleanUp, errorsOf, made, running } from "./author.ts";

afterAll(cleanUp);

const names = "shared, state, transient";
const page = (member: string) => `@state class Page {\n${member}\n}\nconst s = state<Page>();`;
const SHARED = "@shared stands above a class, not here";
const TRANSIENT = "@transient stands above a variable at the top of a file or a static field, not here";
const CROSSES = "every field of a state crosses; keep in a variable at the top of a file what shall not";

describe("is an error of the build, at its line:", () => {
  test.each([
    ["@shared on a function", "@shared function f(): void {}", `1: ${SHARED}`],
    [
      "@shared on an interface",
      "@shared interface I {}",
      `1: ${SHARED}: write a class, and the mark above it`,
    ],
    [
      "@shared on an enum",
      "@shared enum E { A }",
      `1: ${SHARED}: a member of an enum is a number, which has no identity`,
    ],
    ["@shared on a method", page("@shared f(): void {}"), `2: ${SHARED}`],
    [
      "@shared on a field",
      page("@shared list: Array<u32> = [];"),
      `2: ${SHARED}: write it above the class whose objects the field holds`,
    ],
    [
      "@shared on a static field",
      page("@shared static list: Array<u32> = [];"),
      `2: ${SHARED}: write it above the class whose objects the field holds`,
    ],
    [
      "@shared on a variable",
      "@shared const list: Array<u32> = [];",
      `1: ${SHARED}: write it above the class whose objects the variable holds`,
    ],
    ["@shared on a class in a namespace", "namespace n {\n@shared export class C {}\n}", `2: ${SHARED}`],
    [
      "@shared with an argument",
      `@shared("x") class C { n: u32 = 0; }\n${page("c: C = new C();")}`,
      "1: @shared takes nothing in parentheses: write @shared",
    ],
    ["@transient on a field of the state", page("@transient cache: u32 = 0;"), `2: ${TRANSIENT}: ${CROSSES}`],
    [
      "@transient on a field of a class inside",
      `class Inner {\n@transient cache: Array<u32> = []; }\n${page("i: Inner = new Inner();")}`,
      `2: ${TRANSIENT}: ${CROSSES}`,
    ],
    [
      "@transient on an inherited field",
      `class Base {\n@transient private n: u32 = 0; }\nclass Inner extends Base {}\n${page("i: Array<Inner> = [];")}`,
      `2: ${TRANSIENT}: ${CROSSES}`,
    ],
    [
      "@transient on a field of a generic class",
      `class Box<T> {\n@transient items: Array<T> = []; }\n${page("i: Map<u32, Box<u32>> = new Map();")}`,
      `2: ${TRANSIENT}: ${CROSSES}`,
    ],
    [
      "@transient on a class",
      "@transient class C {}",
      `1: ${TRANSIENT}: write it above the variable that holds an object of the class`,
    ],
    ["@transient on a function", "@transient function f(): void {}", `1: ${TRANSIENT}`],
    ["@transient on a method", page("@transient static f(): void {}"), `2: ${TRANSIENT}`],
    ["@transient on an interface", "@transient interface I {}", `1: ${TRANSIENT}`],
    ["@transient on an enum", "@transient enum E { A }", `1: ${TRANSIENT}`],
    [
      "@transient with an argument",
      "@transient(1) let n: u32 = 0;",
      "1: @transient takes nothing in parentheses: write @transient",
    ],
  ])("%s", async (_, text, ...errors) => {
    expect(await errorsOf(`${text}\nexport function go(): void {}`, { names })).toEqual(errors);
  });
});

const right = `
@shared class Node { next: Node | null = null; n: u32 = 0; }
@state class S { node: Node = new Node(); }
@transient let asked: u32 = 0;
class Counts { @transient static all: u32 = 0; }
namespace n { @transient export let inside: u32 = 0; }
const s = state<S>();
export function ask(): u32 { s.node.next = s.node; n.inside++; Counts.all++; return ++asked; }`;

test("where they belong they are taken, imported or not", async () => {
  for (const imported of [names, "state"]) {
    const build = await made(right, { names: imported });
    expect(build.warnings).toEqual([]);
    const plugin = await running(build);
    const call = plugin.call as unknown as { ask(): Promise<number> };
    expect([await call.ask(), await call.ask()]).toEqual([1, 2]);
    await plugin.swap(build.wasm);
    expect(await call.ask()).toBe(1);
    await plugin.close();
  }
});

test("@shared on a class that is no part of the state is a warning", async () => {
  const { warnings } = await made(
    `@shared class Other { n: u32 = 0; }\n${page("n: u32 = 0;")}\nexport function f(o: Other): void {}`,
    { names },
  );
  expect(warnings).toEqual([
    expect.stringContaining("Other is no part of the state, so @shared says nothing here"),
  ]);
});
