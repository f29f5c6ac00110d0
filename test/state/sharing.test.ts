/** One object that two ways lead to: refused with both and the remedy, or kept as the one that it is with `@shared`. */
import { afterAll, describe, expect, test } from "vitest";
import { load } from "../../host/mod.ts";
import { cleanUp, made, running, stateOf } from "./author.ts";

afterAll(cleanUp);

type Calls = {
  tie(): Promise<void>;
  look(): Promise<string>;
};

const HOLDER = "let a class that is marked @shared hold it, and it crosses as the one that it is";

/** `tie` makes an object to be met twice; after it `look` changes it by one way and reads by the other. */
const ways: readonly (readonly [
  what: string,
  text: string,
  message: string,
  look: string,
  remedy: [string, string][] | "mark",
])[] = [
  [
    "two fields",
    `class A { n: u32 = 0; }
@state class S { a: A = new A(); b: A = new A(); }
const s = state<S>();
export function tie(): void { const one = new A(); s.a = one; s.b = one; }
export function look(): string { s.a.n++; return s.b.n.toString(); }`,
    "S.b: it holds the same A as S.a",
    "1",
    "mark",
  ],
  [
    "two keys of a map",
    `class A { n: u32 = 0; }
@state class S { map: Map<string, A> = new Map(); }
const s = state<S>();
export function tie(): void { const one = new A(); s.map.set("x", one); s.map.set("y", one); }
export function look(): string { s.map.get("x").n++; return s.map.get("y").n.toString(); }`,
    "S.map: it holds the same A as S.map",
    "1",
    "mark",
  ],
  [
    "twice in one array, of a generic class",
    `class A<T> { n: T = 0; }
@state class S { all: Array<A<u32>> = []; }
const s = state<S>();
export function tie(): void { const one = new A<u32>(); s.all.push(one); s.all.push(new A<u32>()); s.all.push(one); }
export function look(): string { s.all[0].n++; return s.all[2].n.toString() + s.all[1].n.toString(); }`,
    "S.all: it holds the same AU32 as S.all",
    "10",
    "mark",
  ],
  [
    "in a nested class, and an Option",
    `class A { n: u32 = 0; }
class Deep { more: Array<Deeper> = []; }
class Deeper { option: Option<A> = Option.none<A>(); maybe: A | null = null; }
@state class S { deep: Map<u32, Deep> = new Map(); }
const s = state<S>();
export function tie(): void { const one = new A(); const d = new Deep(); d.more.push(new Deeper()); d.more.push(new Deeper()); d.more[0].option = Option.some<A>(one); d.more[1].maybe = one; s.deep.set(1, d); }
export function look(): string { s.deep.get(1).more[0].option.value.n++; return s.deep.get(1).more[1].maybe!.n.toString(); }`,
    "Deeper.maybe: it holds the same A as Deeper.option",
    "1",
    "mark",
  ],
  [
    "an inherited field",
    `class A { n: u32 = 0; }
class Base { a: A = new A(); }
class D extends Base { b: A | null = null; }
@state class S { d: D = new D(); }
const s = state<S>();
export function tie(): void { s.d.b = s.d.a; }
export function look(): string { s.d.b!.n++; return s.d.a.n.toString(); }`,
    "D.b: it holds the same A as D.a",
    "1",
    "mark",
  ],
  [
    "an array",
    `@state class S { a: Array<u32> = []; b: Map<string, Array<u32>> = new Map(); }
const s = state<S>();
export function tie(): void { s.b.set("x", s.a); }
export function look(): string { s.a.push(1); return s.b.get("x").length.toString(); }`,
    `S.b: it holds the same Array<u32> as S.a, which would come back as two; ${HOLDER}`,
    "1",
    [
      ["@state", "@shared class H { of: Array<u32> = []; }\n@state"],
      ["a: Array<u32> = []", "a: H = new H()"],
      ["Map<string, Array<u32>>", "Map<string, H>"],
      ["s.a.push", "s.a.of.push"],
      [".length", ".of.length"],
    ],
  ],
  [
    "a map",
    `@state class S { all: Array<Map<string, u32>> = []; }
const s = state<S>();
export function tie(): void { const m = new Map<string, u32>(); s.all.push(m); s.all.push(m); }
export function look(): string { s.all[0].set("k", 1); return s.all[1].size.toString(); }`,
    `S.all: it holds the same Map<string, u32> as S.all, which would come back as two; ${HOLDER}`,
    "1",
    [
      ["@state", "@shared class H { of: Map<string, u32> = new Map(); }\n@state"],
      ["Array<Map<string, u32>>", "Array<H>"],
      ["new Map<string, u32>();", "new H();"],
      ["[0].set", "[0].of.set"],
      ["[1].size", "[1].of.size"],
    ],
  ],
  [
    "a set",
    `@state class S { a: Set<u32> = new Set(); b: Set<u32> | null = null; }
const s = state<S>();
export function tie(): void { s.b = s.a; }
export function look(): string { s.a.add(1); return s.b!.size.toString(); }`,
    `S.b: it holds the same Set<u32> as S.a, which would come back as two; ${HOLDER}`,
    "1",
    [
      ["@state", "@shared class H { of: Set<u32> = new Set(); }\n@state"],
      ["a: Set<u32> = new Set()", "a: H = new H()"],
      ["b: Set<u32> | null", "b: H | null"],
      ["s.a.add", "s.a.of.add"],
      ["!.size", "!.of.size"],
    ],
  ],
  [
    "a buffer of two typed arrays",
    `@state class S { a: Uint8Array = new Uint8Array(0); b: Float32Array = new Float32Array(0); }
const s = state<S>();
export function tie(): void { const buffer = new ArrayBuffer(8); s.a = Uint8Array.wrap(buffer); s.b = Float32Array.wrap(buffer); }
export function look(): string { s.a[3] = 64; return s.b[0].toString(); }`,
    `S.b: it holds the same Float32Array as S.a, which would come back as two; ${HOLDER}`,
    "2.0",
    [
      ["@state", "@shared class H { of: Uint8Array = new Uint8Array(0); }\n@state"],
      ["a: Uint8Array = new Uint8Array(0)", "a: H = new H()"],
      ["b: Float32Array = new Float32Array(0)", "b: H = new H()"],
      [
        "s.a = Uint8Array.wrap(buffer); s.b = Float32Array.wrap(buffer);",
        "s.a.of = Uint8Array.wrap(buffer); s.b = s.a;",
      ],
      ["s.a[3]", "s.a.of[3]"],
      ["s.b[0]", "Float32Array.wrap(s.b.of.buffer)[0]"],
    ],
  ],
  [
    "a part of a typed array",
    `@state class S { a: Array<Uint8Array> = []; }
const s = state<S>();
export function tie(): void { const one = new Uint8Array(8); s.a.push(one); s.a.push(one.subarray(4)); }
export function look(): string { s.a[0][4] = 1; return s.a[1][0].toString(); }`,
    `S.a: it holds the same Uint8Array as S.a, which would come back as two; ${HOLDER}`,
    "1",
    [
      ["@state", "@shared class H { of: Uint8Array = new Uint8Array(8); }\n@state"],
      ["Array<Uint8Array>", "Array<H>"],
      [
        "const one = new Uint8Array(8); s.a.push(one); s.a.push(one.subarray(4));",
        "const one = new H(); s.a.push(one); s.a.push(one);",
      ],
      ["s.a[0][4]", "s.a[0].of[4]"],
      ["s.a[1][0]", "s.a[1].of.subarray(4)[0]"],
    ],
  ],
  [
    "the root, reached again",
    `class A { root: S | null = null; }
@state class S { n: u32 = 0; a: A = new A(); }
const s = state<S>();
export function tie(): void { s.a.root = s; }
export function look(): string { s.n++; return s.a.root!.n.toString(); }`,
    "A.root: it holds the same S as S, which would come back as two; there is one object of S: keep what refers back in a class of its own, marked @shared, in a field of it",
    "1",
    [
      [
        "class A { root: S | null = null; }",
        "class A { root: B | null = null; }\n@shared class B { n: u32 = 0; a: A = new A(); }",
      ],
      ["n: u32 = 0; a: A = new A(); }\nconst s = state<S>()", "b: B = new B(); }\nconst s = state<S>().b"],
    ],
  ],
  [
    "a cycle",
    `class A { n: u32 = 0; next: A | null = null; }
@state class S { a: A = new A(); }
const s = state<S>();
export function tie(): void { const one = new A(); one.next = s.a; s.a.next = one; }
export function look(): string { s.a.next!.n++; s.a.n += 2; return s.a.next!.next!.n.toString() + s.a.next!.n.toString(); }`,
    "A.next: it holds the same A as S.a",
    "21",
    "mark",
  ],
];

describe("an object that is met twice is refused, with both ways and a remedy that works to the letter:", () => {
  test.each(ways)("%s", async (_, text, message, look, remedy) => {
    const names = "state, Option";
    const build = await made(text, { names });
    const plugin = await running(build);
    const calls = plugin.call as unknown as Calls;
    await calls.tie();
    const refused = await plugin.swap(build.wasm).then(
      () => "swapped",
      (error) => error.message as string,
    );
    expect(refused).toContain(`cannot save ${message}`);
    expect(await calls.look()).toBe(look);
    await expect(plugin.snapshot()).rejects.toThrow(message);
    await plugin.close();
    // The remedy, to the letter.
    let better = text;
    if (remedy === "mark") {
      const found = /mark class (\w+) @shared/.exec(refused)?.[1];
      expect(refused).toContain(
        `which would come back as two; mark class ${found} @shared, and it crosses as the one that it is`,
      );
      better = text.replace(new RegExp(`(@state )?class ${found}\\b`), (all) => `@shared ${all}`);
    } else for (const [from, to] of remedy) better = better.replace(from, to);
    const next = await made(better, { names });
    const again = await running(next);
    await (again.call as unknown as Calls).tie();
    await again.swap(next.wasm);
    expect(await (again.call as unknown as Calls).look()).toBe(look);
    const state = await again.snapshot();
    await again.close();
    const last = await load(next.wasm, { state });
    expect(await stateOf(last)).toBeDefined();
    await last.close();
  });
});
