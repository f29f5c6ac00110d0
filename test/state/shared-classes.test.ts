/** Several `@shared` classes in one state: which of a new version's takes the objects of which old one. */
import { afterAll, expect, test } from "vitest";
import { cleanUp, crossed, made, running } from "./author.ts";

afterAll(cleanUp);
const names = "dropped, shared, state, was";
const nothing = "const s = state<S>();\nexport function fill(): void {}\nexport function look(): string";

interface Change {
  readonly old: string;
  readonly next: string;
  readonly steps: readonly string[];
  /** What the new version's `look` answers. */
  readonly seen: string;
}

const twins = `@shared class A { n: u32 = 0; }
@shared class B { n: u32 = 0; }
@state class S { a: A | null = null; a2: A | null = null; b: B | null = null; b2: B | null = null; }
const s = state<S>();
export function fill(): void {
  s.b = new B(); s.a = new A(); s.a!.n = 9; s.b!.n = 300; s.a2 = s.a; s.b2 = s.b;
}
export function look(): string { return ""; }`;

const changes: Record<string, Change> = {
  "two classes of the same fields, both copied by the root's step, which has them in another order": {
    old: twins,
    next: `@shared class AV1 { n: u32 = 0; }
@shared class BV1 { n: u32 = 0; }
class SV1 { b: BV1 | null = null; b2: BV1 | null = null; a: AV1 | null = null; a2: AV1 | null = null; }
@shared class A { n: string = ""; }
@shared class B { n: string = ""; }
@state class S { a: A | null = null; b: B | null = null;
  static from(old: SV1): S {
    return { a: { n: old.a!.n.toString() + (old.a == old.a2).toString() }, b: { n: old.b!.n.toString() } };
  } }
${nothing} { return s.a!.n + " " + s.b!.n; }`,
    steps: ["SV1", "S"],
    seen: "9true 300",
  },
  "two classes of the same fields that are called something else, in another order": {
    old: twins,
    next: `${
      twins
        .replace("class A", '@was("A") class First')
        .replace("class B", '@was("B") class Second')
        .replace("a: A | null = null; a2: A |", "a: First | null = null; a2: First |")
        .replace("b: B | null = null; b2: B |", "b: Second | null = null; b2: Second |")
        .split("const s")[0]
    }
${nothing} { return s.a!.n.toString() + " " + s.b!.n.toString() + (s.b == s.b2).toString(); }`,
    steps: ["S", "S"],
    seen: "9 300true",
  },
  "a new class of the fields that another one had, beside a step inside": {
    old: `@shared class A { n: u32 = 0; }
class Page { hits: u32 = 0; }
@state class S { a: A | null = null; again: A | null = null; pages: Array<Page> = []; }
const s = state<S>();
export function fill(): void { s.a = new A(); s.a!.n = 9; s.again = s.a; s.pages = [{ hits: 3 }]; }
export function look(): string { return ""; }`,
    next: `@shared class A { n: u64 = 0; }
@shared class B { n: u32 = 0; }
class PageV1 { hits: u32 = 0; }
class Page { hits: string = ""; static from(old: PageV1): Page { return { hits: old.hits.toString() }; } }
@state class S { b: B | null = null; a: A | null = null; again: A | null = null; pages: Array<Page> = []; }
${nothing} { return s.a!.n.toString() + (s.a == s.again).toString() + (s.b == null).toString() + s.pages[0].hits; }`,
    steps: ["S (PageV1 -> Page)"],
    seen: "9truetrue3",
  },
  "a class that is dropped with the fields that held its objects": {
    old: twins,
    next: `@shared class A { n: u32 = 0; }
@state @dropped("b", "b2") class S { a: A | null = null; a2: A | null = null; }
${nothing} { return s.a!.n.toString() + (s.a == s.a2).toString(); }`,
    steps: ["S", "S"],
    seen: "9true",
  },
  "a class that is dropped, in parts, lists, maps and another class, with what it alone held": {
    old: `@shared class A { n: u32 = 0; b: B | null = null; }
@shared class B { n: u32 = 0; a: A | null = null; }
@shared class C { n: u32 = 0; }
@state class S {
  part: B = new B(); list: Array<B> = []; by: Map<string, B> = new Map();
  c: C = new C(); a: Array<A> = []; first: A | null = null;
}
const s = state<S>();
export function fill(): void {
  const b = new B(); const a = new A();
  s.part.a = new A(); s.list = [b, s.part]; s.by.set("x", b); b.n = 300; s.c.n = 7;
  a.n = 5; a.b = b; s.a = [new A(), a]; s.first = a;
}
export function look(): string { return ""; }`,
    next: `@shared @dropped("b") class A { n: u64 = 0; }
@shared class C { n: u32 = 0; }
@state @dropped("part", "list", "by") class S {
  c: C = new C(); a: Array<A> = []; first: A | null = null; again: C | null = null;
}
const c = state<S>().c;
${nothing} { return c.n.toString() + (s.first == s.a[1]).toString() + s.first!.n.toString(); }`,
    steps: ["S", "S"],
    seen: "7true5",
  },
};

test.each(Object.entries(changes))("%s", async (_, { old, next, steps, seen }) => {
  const plugin = await running(old, { names });
  await plugin.call.fill!();
  const { plugin: crossing, way } = await crossed(plugin, await made(next, { names }));
  expect(way.steps).toEqual(steps);
  expect(await crossing.call.look!()).toBe(seen);
  await crossing.close();
});

test("one class is not read as two, of which each would have the other's objects", async () => {
  const plugin = await running(
    `@shared class A { n: u32 = 0; }
@state class S { x: A | null = null; y: A | null = null; }
const s = state<S>();
export function fill(): void { s.x = new A(); s.y = new A(); }`,
    { names },
  );
  await plugin.call.fill!();
  const next = await made(
    `@shared class XV1 { n: u32 = 0; }
@shared class YV1 { n: u32 = 0; }
class SV1 { x: XV1 | null = null; y: YV1 | null = null; }
class X { n: u32 = 0; }
@state class S { x: X = new X(); static from(old: SV1): S { return { x: { n: old.x!.n } }; } }
state<S>();
export function fill(): void {}`,
    { names },
  );
  await expect(plugin.swap(next.wasm)).rejects.toThrow(
    "SV1 is another state (y: was @shared A, is @shared YV1)",
  );
  await plugin.close();
});

test("a class whose objects are held still is not let go for a field of another type", async () => {
  const plugin = await running(twins, { names });
  await plugin.call.fill!();
  const next = await made(
    `${twins.replace("class B", "class C").replace("b: B", "b: C").replace("b2: B", "b2: C").split("const s")[0]}
${nothing} { return ""; }`,
    { names },
  );
  await expect(plugin.swap(next.wasm)).rejects.toThrow("b: was @shared B, is @shared C");
  await plugin.close();
});
