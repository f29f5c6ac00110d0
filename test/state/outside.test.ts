/** What the build says of variables beside the state, and of what they hold of it: a word where one is due, and none else. */
import { afterAll, describe, expect, test } from "vitest";
import { type Author, cleanUp, made, running } from "./author.ts";

afterAll(cleanUp);

/** On one line, so that line 2 is the first of a test's text. */
const CLASSES =
  "class Inner { n: u32 = 7; maybe: Leaf | null = null; } class Leaf { n: u32 = 0; } " +
  "class Box<T> { items: Array<T> = []; maybe: Array<T> | null = null; } " +
  "class Bag<T> { items: Array<T> = []; drop(): void { this.items = []; } } " +
  "class Base { inherited: Inner = new Inner(); reset(): void { this.inherited = new Inner(); } } class Derived extends Base {} " +
  "@state class S { maybe: Inner | null = new Inner(); list: Array<Inner> = [new Inner()]; map: Map<string, Inner> = new Map(); " +
  "bytes: Uint8Array = new Uint8Array(4); buffer: ArrayBuffer = new ArrayBuffer(4); fixed: StaticArray<u8> = new StaticArray<u8>(3); " +
  "floats: Float64Array = new Float64Array(2); inner: Inner = new Inner(); box: Box<Inner> = new Box<Inner>(); lists: Array<Array<u32>> = [[1]]; " +
  "bag: Bag<u32> = new Bag<u32>(); numbers: Array<u32> = []; derived: Derived = new Derived(); option: Option<u32> = Option.none<u32>(); count: u32 = 0; text: string = ''; } " +
  "const s = state<S>();";

/** What the build says of the lines from 2 on. */
async function words(text: string, more: Author = {}): Promise<string[]> {
  const whole = `${CLASSES}\n${text}\nexport function nothing(): void {}`;
  const said = (found: readonly { line?: number; message: string; category?: string }[]) =>
    found
      .filter(({ category }) => category !== "note")
      .map(({ line = 0, message }) => `${line - 1}: ${message}`);
  try {
    const { diagnostics } = await made(whole, { names: "state, Option", ...more });
    return said(diagnostics).map((one) => `warning ${one}`);
  } catch (error) {
    const { diagnostics } = error as { diagnostics?: { line?: number; message: string }[] };
    if (diagnostics === undefined) throw error;
    return said(diagnostics);
  }
}

const NULL = "it may be null";
const LENGTH = "it is of a fixed length";
const LIST = "it is an element of a list";

describe("what a restore puts another in the place of cannot be held:", () => {
  const rows: readonly (readonly [held: string, path: string, why: string, use: string])[] = [
    ["s.maybe", "S.maybe", NULL, "HELD!.n"],
    ["s.maybe!", "S.maybe", NULL, "HELD.n"],
    ["(s.maybe as Inner)", "S.maybe", NULL, "HELD.n"],
    ["<Inner>(s.maybe)", "S.maybe", NULL, "HELD.n"],
    ["assert(s.maybe)", "S.maybe", NULL, "HELD.n"],
    ["changetype<Inner>(s.maybe)", "S.maybe", NULL, "HELD.n"],
    ["s.inner.maybe", "S.inner.maybe", NULL, "(HELD ? HELD!.n : 7)"],
    ["s.box.maybe", "S.box.maybe", NULL, "(HELD ? 1 : 7)"],
    ["s.list[0]", "S.list[]", LIST, "HELD.n"],
    ["unchecked(s.list[0])", "S.list[]", LIST, "HELD.n"],
    ["s.list.at(0)", "S.list[]", LIST, "HELD.n"],
    ["s.lists[0]", "S.lists[]", LIST, "(HELD.length + 6)"],
    ["s.list.length > 0 ? s.list[0] : new Inner()", "S.list[]", LIST, "HELD.n"],
    ["s.maybe ? s.maybe! : new Inner()", "S.maybe", NULL, "HELD.n"],
    ["s.bytes", "S.bytes", LENGTH, "(HELD.length + 3)"],
    ["s.bytes.subarray(1)", "S.bytes", LENGTH, "(HELD.length + 4)"],
    ["s.buffer", "S.buffer", LENGTH, "(HELD.byteLength + 3)"],
    ["s.fixed", "S.fixed", LENGTH, "(HELD.length + 4)"],
    ["s.floats", "S.floats", LENGTH, "(HELD.length + 5)"],
  ];
  test.each(rows)("%s, and the advice works to the letter", async (held, path, why, use) => {
    const read = (name: string) =>
      `export function read(): u32 { return <u32>${use.replaceAll("HELD", name)}; }`;
    const [word, ...more] = await words(`const h = ${held};\n${read("h")}`);
    expect(more).toEqual([]);
    const [, instead] = /^2: h holds (?:.*); write (.*) where it is wanted$/.exec(word ?? "") ?? [];
    expect(word).toBe(
      `2: h holds ${path}, and ${why}: after a swap the state has another in its place; write ${instead} where it is wanted`,
    );
    const plugin = await running(`${CLASSES}\n${read(instead!)}`, {
      names: "state, Option",
    });
    expect(await (plugin.call as unknown as { read(): Promise<number> }).read()).toBe(7);
    await plugin.close();
  });

  test("by a static field, in a namespace, by way of another variable, and from another file", async () => {
    const gone = (name: string, as: string) =>
      `${name} holds S.maybe, and it may be null: after a swap the state has another in its place; write ${as} where it is wanted`;
    expect(await words("class K { static h: Inner | null = s.maybe; }")).toEqual([
      `2: ${gone("K.h", "s.maybe")}`,
    ]);
    expect(await words("namespace N { export const h = s.maybe; }")).toEqual([`2: ${gone("h", "s.maybe")}`]);
    expect(await words("const again = s;\nconst h = again.maybe;")).toEqual([
      `3: ${gone("h", "again.maybe")}`,
    ]);
    const files = {
      "elsewhere.ts": 'import { s } from "./has-state";\nexport const h = s.maybe;\n',
      "has-state.ts":
        'import { state } from "moult/guest";\nexport class Inner { n: u32 = 0; }\n@state export class S { maybe: Inner | null = null; }\nexport const s = state<S>();\n',
    };
    const text = 'import { h } from "./elsewhere";\nexport function f(): bool { return h === null; }';
    const found = made(text, { files }).then(
      () => [],
      (error) =>
        error.diagnostics.map(
          (one: { message: string; file: string; line: number }) => `${one.line} ${one.message}`,
        ),
    );
    expect(await found).toEqual([`2 ${gone("h", "s.maybe")}`]);
  });
});

const anew = (name: string) =>
  `${name} is not in the state: it begins anew with every version; keep it in the @state class, or mark it @transient if that is meant`;

describe("a variable that changes and is not in the state is told of:", () => {
  const rows: readonly (readonly [name: string, text: string])[] = [
    [
      "z",
      "namespace N { export let z: u32 = 0; export function f(): void { z++; } }\nexport function f(): void { N.f(); }",
    ],
    [
      "z",
      "namespace N { export namespace M { let z: u32 = 0; export function f(): void { z++; } } }\nexport function f(): void { N.M.f(); }",
    ],
    ["z", "namespace N { export let z: u32 = 0; }\nexport function f(): void { N.z++; }"],
    ["A.n", "class A { static n: u32 = 0; }\nclass B extends A { }\nexport function f(): void { B.n++; }"],
    [
      "A.n",
      "class A { static n: u32 = 0; static bump(): void { this.n++; } }\nexport function f(): void { A.bump(); }",
    ],
    [
      "A.n",
      "class A<T> { static n: u32 = 0; static bump(): void { A.n++; } }\nexport function f(): void { A.bump(); }",
    ],
    ["n", "let n: u32 = 0;\nexport function f(): void { if (true) { let n: u32 = 1; n++; } n++; }"],
    ["n", "let n: u32 = 0;\nexport function f(): void { for (let n = 0; n < 1; n++) {} n = 3; }"],
    ["n", "let n: u32 = 0;\nconst g = (): void => { n++; };\nexport function f(): void { g(); }"],
    ["t", "const t = new Uint8Array(4);\nexport function f(): void { store<u8>(t.dataStart, 1); }"],
    ["t", "const t: u32[] = [1];\nexport function f(): void { t[0]++; }"],
    ["t", "const t: u32[] = [1];\nexport function f(): u32[] { return t; }"],
    ["t", "const t: u32[][] = [[1]];\nexport function f(): void { t.at(0).push(3); }"],
    ["t", "const t: u32[][] = [[1]];\nexport function f(): void { const u = t[0]; u.push(3); }"],
    ["t", "const t: u32[][] = [[1]];\nexport function f(): void { t.slice(0)[0].push(1); }"],
    ["t", "const t: u32[][] = [[1]];\nexport function f(): void { t[0].length = 1; }"],
    ["t", "const t = new Map<string, u32>();\nt.set('a', 1);\nexport function f(): void { t.set('a', 2); }"],
    [
      "t",
      "const t = new Map<string, u32>();\nt.set('a', s.count);\nexport function f(): u32 { return t.get('a'); }",
    ],
  ];
  test.each(rows)("%s in `%s`", async (name, text) => {
    const found = await words(text);
    expect(found).toEqual([expect.stringMatching(/^warning 2: /)]);
    expect(found[0]).toContain(anew(name));
    const marked = text.replace(
      /(?=(?:export )?(?:let z|let n|const t))|(?<=class A(?:<T>)? \{ )(?=static n)/,
      "@transient ",
    );
    expect(await words(marked)).toEqual([]);
  });

  test("what is marked @transient is listed, with the mark", async () => {
    const text = `${CLASSES}\n@transient let n: u32 = 0;\nlet m: u32 = 0;\nclass K { @transient static k: u32 = 0; }\nexport function f(): void { n++; m++; K.k++; }`;
    const { manifest } = await made(text, { names: "state, Option" });
    expect(manifest.variables?.map(({ name, transient }) => [name, transient])).toEqual([
      ["n", true],
      ["m", undefined],
      ["K.k", true],
    ]);
  });
});

const copy = (name: string, of: string, text: string) =>
  `warning 2: ${name} is made of ${of} when the plugin starts, and does not change with a swap: read ${text} where it is wanted, or mark it @transient if that is meant`;

test.each([
  ["s.count", "S.count"],
  ["s.text", "S.text"],
  ["s.inner.n", "S.inner.n"],
  ["s.list.length", "S.list"],
  ["s.map.keys()", "S.map"],
  ["s.option", "S.option"],
])("a copy of %s is told of", async (text, of) => {
  expect(await words(`const h = ${text};`)).toEqual([copy("h", of, text)]);
  expect(await words(`@transient const h = ${text};`)).toEqual([]);
});

describe("a part that is held while its field gets another object is an error:", () => {
  const rows: readonly (readonly [path: string, as: string, text: string])[] = [
    [
      "S.inner",
      "s.inner = new Inner()",
      "const h = s.inner;\nexport function f(): void { s.inner = new Inner(); }",
    ],
    [
      "S.box.items",
      "s.box = new Box<Inner>()",
      "const h = s.box.items;\nexport function f(): void { s.box = new Box<Inner>(); }",
    ],
    [
      "S.numbers",
      "(s as S).numbers = []",
      "let h = s.numbers;\nexport function f(): void { (s as S).numbers = []; }",
    ],
    [
      "S.numbers",
      "state<S>().numbers = []",
      "class K { static h: Array<u32> = s.numbers; }\nexport function f(): void { state<S>().numbers = []; }",
    ],
  ];
  test.each(rows)("%s by `%s`", async (path, as, text) => {
    const [word] = await words(text);
    expect(word).toMatch(/^2: (K\.)?h holds /);
    expect(word).toContain(`h holds ${path}, which plugin-`);
    expect(word).toContain(`.ts:4 puts another in the place of (${as}): write `);
  });

  test("in a method of a class that the state's class extends, and of a generic class", async () => {
    const [inherited] = await words("const h = s.derived.inherited;");
    expect(inherited).toMatch(
      /^2: h holds S\.derived\.inherited, which .*:2 puts another in the place of \(this\.inherited = new Inner\(\)\)/,
    );
    const [generic] = await words("const h = s.bag.items;");
    expect(generic).toMatch(
      /^2: h holds S\.bag\.items, which .*:2 puts another in the place of \(this\.items = \[\]\)/,
    );
  });

  test("where it is not sure that it is this object, it is a warning", async () => {
    const [word] = await words(
      "const h = s.inner;\nexport function f(): void { const x = s; x.inner = new Inner(); }",
    );
    expect(word).toMatch(
      /^warning 2: h holds S\.inner, which .*:4 puts another in the place of \(x\.inner = new Inner\(\)\)/,
    );
  });
});

describe("no word is said of", () => {
  const rows: readonly (readonly [what: string, text: string])[] = [
    [
      "a part that is held",
      "const h = s.inner;\nlet l = s.list;\nclass K { static readonly m: Map<string, Inner> = s.map; }\nexport function f(): void { h.n++; l.push(h); }",
    ],
    [
      "a part whose field a constructor assigns",
      "const h = s.inner;\nclass C { inner: Inner; constructor() { this.inner = new Inner(); } }\nexport function f(): void { new C(); }",
    ],
    [
      "another class with a field of that name",
      "const h = s.inner;\nclass Other { inner: Inner = new Inner(); reset(): void { this.inner = new Inner(); } }\nexport function f(): void { new Other().reset(); }",
    ],
    ["a parameter of the same name", "let n: u32 = 3;\nexport function f(n: u32): u32 { n++; return n; }"],
    [
      "a local of the same name",
      "let n: u32 = 3;\nexport function f(): u32 { let n: u32 = 0; n++; return n; }",
    ],
    [
      "a loop's variable of the same name",
      "let n: u32 = 3;\nexport function f(): u32 { for (let n: u32 = 0; n < 3; n++) {} return n; }",
    ],
    [
      "a field of the same name",
      "let n: u32 = 3;\nclass Q { n: u32 = 0; bump(): void { this.n++; } }\nexport function f(): u32 { const q = new Q(); q.n++; q.bump(); return n; }",
    ],
    ["a table", "const t: u32[] = [1, 2];\nexport function f(): u32 { return t[0] + t.length; }"],
    [
      "a local table of the same name",
      "const t: u32[] = [1];\nexport function f(): u32 { const t: u32[] = []; t.push(1); return t[0]; }",
    ],
    [
      "a table of tables",
      "const t: u32[][] = [[1], [2]];\nexport function f(): u32 { return t[0][0] + t[1].length + t.at(0).at(0); }",
    ],
    [
      "a map that the top of the file fills",
      "const t = new Map<string, u32>();\nt.set('a', 1).set('b', 2);\nt.set('c', 3);\nexport function f(): u32 { return t.has('a') ? t.get('a') : 0; }",
    ],
    [
      "a table that a loop at the top fills",
      "const t = new StaticArray<u32>(256);\nfor (let n: u32 = 0; n < 256; n++) { let c = n; t[n] = c; }\nexport function f(): u32 { return unchecked(t[0]); }",
    ],
    ["an enum", "enum E { A, B }\nexport function f(): u32 { return E.B; }"],
    ["a function", "const g = (x: u32): u32 => x;\nexport function f(): u32 { return g(1); }"],
    [
      "an object without fields",
      "class Single { hi(): u32 { return 1; } }\nconst single = new Single();\nexport function f(): u32 { return single.hi(); }",
    ],
    [
      "constants",
      "const LIMIT: u32 = 5;\nconst NAME = 'a' + 'b';\nclass K { static readonly LIMIT: u32 = 5; static names: string[] = ['a']; }\nexport function f(): u32 { return LIMIT + NAME.length + K.LIMIT + K.names.length; }",
    ],
    [
      "when it began",
      "import { clock } from 'moult/guest';\nconst begun = clock.now();\nexport function f(): i64 { return begun; }",
    ],
  ];
  test.each(rows)("%s", async (_, text) => {
    expect(await words(text)).toEqual([]);
  });
});
