import { afterAll, describe, expect, test } from "vitest";
import { cleanUp, crossed, errorsOf, made, running, stateOf } from "./author.ts";

afterAll(cleanUp);
const names = "Option, state";

/** A site that holds pages in every way, and fills itself; `page` makes one with a number. */
const site = (classes: string, page = "Page") => `${classes}
class Shelf { pages: Array<${page}> = []; label: string = "s"; }
@state class Site {
  before: u32 = 1;
  one: ${page} = new ${page}();
  list: Array<${page}> = [];
  map: Map<string, Array<${page}>> = new Map();
  byId: Map<u32, ${page}> = new Map();
  maybe: ${page} | null = null;
  nothing: ${page} | null = null;
  perhaps: Option<${page}> = Option.none<${page}>();
  none: Option<${page}> = Option.none<${page}>();
  nulls: Array<${page} | null> = [];
  set: Set<${page}> = new Set();
  shelf: Shelf = new Shelf();
  after: string = "end";
}
const site = state<Site>();`;
const fill = `
export function fill(): void {
  site.one = page(1);
  site.list = [page(2), page(3)];
  site.map.set("a", [page(4)]);
  site.byId.set(7, page(5));
  site.maybe = page(6);
  site.perhaps = Option.some<Page>(page(7));
  site.nulls = [null, page(8), null];
  site.set.add(page(9));
  site.shelf.pages.push(page(10));
}`;
const v1 = `${site("class Page { hits: u32 = 0; }")}
function page(n: u32): Page { const made = new Page(); made.hits = n; return made; }${fill}`;
/** What is there of the state of `fill`, each page as `of` has it. */
const filled = (of: (n: number) => unknown) => ({
  before: 1,
  one: of(1),
  list: [of(2), of(3)],
  map: new Map([["a", [of(4)]]]),
  byId: new Map([[7, of(5)]]),
  maybe: of(6),
  nothing: null,
  perhaps: of(7),
  none: null,
  nulls: [null, of(8), null],
  set: new Set([of(9)]),
  shelf: { pages: [of(10)], label: "s" },
  after: "end",
});
const pageV1 = "class PageV1 { hits: u32 = 0; }";
const page2 = (older: string) => `{ visits: u64 = 0;
  static from(old: PageV1): ${older} { const made = new ${older}(); made.visits = <u64>old.hits * 1000; return made; } }`;

describe("a step of a class inside the state", () => {
  test("runs wherever the class stands", async () => {
    const old = await running(v1, { names });
    await old.call.fill!();
    const next = await made(site(`${pageV1}\nclass Page ${page2("Page")}`), { names });
    const { plugin, way } = await crossed(old, next);
    expect([way.kind, way.restore, way.steps]).toEqual(["migrated", 1, ["Site (PageV1 -> Page)"]]);
    expect(await stateOf(plugin)).toEqual(filled((n) => ({ visits: BigInt(n) * 1000n })));
    // Its own state is no matter of steps.
    expect((await plugin.swap(next.wasm)).way).toBe("same");
    await plugin.close();
  });

  test("is one of a chain", async () => {
    const chain = site(`${pageV1}
class PageV2 ${page2("PageV2")}
class Page { text: string = ""; static from(old: PageV2): Page { return { text: old.visits.toString() }; } }`);
    const third = await made(chain, { names });
    const first = await running(v1, { names });
    await first.call.fill!();
    const far = await crossed(first, third);
    expect(far.way.steps).toEqual(["Site (PageV1 -> PageV2 -> Page)"]);
    expect(await stateOf(far.plugin)).toEqual(filled((n) => ({ text: `${n}000` })));
    await far.plugin.close();
    const second = await running(
      `${site(`${pageV1}\nclass Page ${page2("Page")}`)}
function page(n: u32): Page { const made = new Page(); made.visits = n; return made; }${fill}`,
      { names },
    );
    await second.call.fill!();
    const near = await crossed(second, third);
    expect(near.way.steps).toEqual(["Site (PageV2 -> Page)"]);
    expect(await stateOf(near.plugin)).toEqual(filled((n) => ({ text: `${n}` })));
    await near.plugin.close();
  });

  test("runs for exactly the old class, though the change of the class, and of the whole, is lossless", async () => {
    const old = await running(v1, { names });
    await old.call.fill!();
    const next = await made(
      site(`${pageV1}
class Page { hits: u32 = 0; deadline: u32 = 0;
  static from(old: PageV1): Page { return { hits: old.hits, deadline: old.hits * 10 }; } }`).replace(
        "before: u32",
        "fresh: u32 = 6; before: u32",
      ),
      { names },
    );
    const { plugin, way } = await crossed(old, next);
    expect(way.steps).toEqual(["Site (PageV1 -> Page)"]);
    expect(await stateOf(plugin)).toEqual({ fresh: 6, ...filled((n) => ({ hits: n, deadline: n * 10 })) });
    await plugin.close();
  });

  test("is not taken where the old class is another one, and that is lossless without it", async () => {
    const old = await running(v1, { names });
    await old.call.fill!();
    const next = await made(
      site(`class PageV1 { hits: u32 = 0; more: u32 = 0; }
class Page { hits: u64 = 0; static from(old: PageV1): Page { return { hits: 77 }; } }`),
      { names },
    );
    const { plugin, way } = await crossed(old, next);
    expect([way.kind, way.restore]).toEqual(["lossless", 0]);
    expect(await stateOf(plugin)).toEqual(filled((n) => ({ hits: BigInt(n) })));
    await plugin.close();
  });

  test("is taken by a lossless change to the old class, when nothing else is left", async () => {
    const old = await running(v1, { names });
    await old.call.fill!();
    const next = await made(
      site(`class PageV1 { hits: u32 = 0; more: u32 = 5; }
class Page { text: string = ""; static from(old: PageV1): Page {
  return { text: (old.hits * 10 + old.more).toString() }; } }`),
      { names },
    );
    const { plugin, way } = await crossed(old, next);
    expect(way.steps).toEqual(["Site (PageV1 -> Page)"]);
    expect(await stateOf(plugin)).toEqual(filled((n) => ({ text: `${n}5` })));
    await plugin.close();
  });

  const roots = `class Root1 { pages: Array<Page> = []; old: u32 = 0; }
@state class Root { pages: Map<string, Page> = new Map(); old: u64 = 0;
  static from(old: Root1): Root {
    const made = new Root();
    for (let i = 0; i < old.pages.length; i++) made.pages.set(i.toString(), old.pages[i]);
    made.old = old.old + 1;
    return made;
  } }
const root = state<Root>();`;
  const inRoot1 = (page: string) => `${page}
@state class Root { pages: Array<Page> = []; old: u32 = 0; }
const root = state<Root>();
export function fill(): void { root.pages = [page(1), page(2)]; root.old = 5; }`;

  test("runs in an older root too, before the root's own step", async () => {
    const first = await running(
      inRoot1(
        "class Page { hits: u32 = 0; }\nfunction page(n: u32): Page { const made = new Page(); made.hits = n; return made; }",
      ),
      { names },
    );
    const second = await running(
      inRoot1(
        "class Page { visits: u64 = 0; }\nfunction page(n: u32): Page { const made = new Page(); made.visits = n; return made; }",
      ),
      { names },
    );
    const next = await made(`${pageV1}\nclass Page ${page2("Page")}\n${roots}`, { names });
    await first.call.fill!();
    await second.call.fill!();
    const far = await crossed(first, next);
    expect(far.way.steps).toEqual(["Root1 (PageV1 -> Page)", "Root"]);
    const pages = (a: bigint, b: bigint) =>
      new Map([
        ["0", { visits: a }],
        ["1", { visits: b }],
      ]);
    expect(await stateOf(far.plugin)).toEqual({ pages: pages(1000n, 2000n), old: 6n });
    const near = await crossed(second, next);
    expect(near.way.steps).toEqual(["Root1", "Root"]);
    expect(await stateOf(near.plugin)).toEqual({ pages: pages(1n, 2n), old: 6n });
    await far.plugin.close();
    await near.plugin.close();
  });

  test("gives way to a root's own step for exactly that state", async () => {
    const first = await running(
      inRoot1(
        "class Page { hits: u32 = 0; }\nfunction page(n: u32): Page { const made = new Page(); made.hits = n; return made; }",
      ),
      { names },
    );
    await first.call.fill!();
    const next = await made(
      `${pageV1}
class Page ${page2("Page")}
class Root1 { pages: Array<PageV1> = []; old: u32 = 0; }
@state class Root { pages: Array<Page> = []; old: u32 = 0;
  static from(old: Root1): Root { const made = new Root(); made.old = 99; return made; } }
const root = state<Root>();`,
      { names },
    );
    const { plugin, way } = await crossed(first, next);
    expect(way.steps).toEqual(["Root1", "Root"]);
    expect(await stateOf(plugin)).toEqual({ pages: [], old: 99 });
    await plugin.close();
  });

  test("runs in classes that contain themselves, at every depth", async () => {
    const tree = (classes: string) => `${classes}
@state class Forest { trees: Array<Tree> = []; }
const forest = state<Forest>();`;
    const first = await running(
      `${tree("class Tree { n: u32 = 0; left: Tree | null = null; kids: Array<Tree> = []; }")}
function grow(n: u32): Tree {
  const made = new Tree(); made.n = n;
  if (n > 0) { made.left = grow(n - 1); made.kids = [grow(n - 1), grow(n - 1)]; }
  return made;
}
export function fill(): void { forest.trees = [grow(2), grow(1)]; }`,
      { names },
    );
    await first.call.fill!();
    const next = await made(
      tree(`class TreeV1 { n: u32 = 0; left: TreeV1 | null = null; kids: Array<TreeV1> = []; }
class Tree { name: string = ""; kids: Array<Tree> = [];
  static from(old: TreeV1): Tree {
    const made = new Tree();
    made.name = "t" + old.n.toString();
    if (old.left) made.kids.push(Tree.from(old.left!));
    for (let i = 0; i < old.kids.length; i++) made.kids.push(Tree.from(old.kids[i]));
    return made;
  } }`),
      { names },
    );
    const { plugin, way } = await crossed(first, next);
    expect(way.steps).toEqual(["Forest (TreeV1 -> Tree)"]);
    const grown = (n: number): unknown => ({
      name: `t${n}`,
      kids: n ? [1, 2, 3].map(() => grown(n - 1)) : [],
    });
    expect(await stateOf(plugin)).toEqual({ trees: [grown(2), grown(1)] });
    await plugin.close();
  });

  test("runs in what an older class holds, and in a root that holds itself", async () => {
    const first = await running(
      `class Meta { m: u32 = 3; }
class Page { meta: Meta = new Meta(); }
@state class Site { page: Page = new Page(); sub: Site | null = null; }
const site = state<Site>();
export function fill(): void { site.sub = new Site(); site.sub!.page.meta.m = 8; }`,
      { names },
    );
    await first.call.fill!();
    const next = await made(
      `class MetaV1 { m: u32 = 0; }
class Meta { text: string = ""; static from(old: MetaV1): Meta { return { text: old.m.toString() }; } }
class PageV1 { meta: Meta = new Meta(); }
class Page { metas: Array<Meta> = []; static from(old: PageV1): Page { return { metas: [old.meta] }; } }
@state class Site { page: Page = new Page(); sub: Site | null = null; }
const site = state<Site>();`,
      { names },
    );
    const { plugin, way } = await crossed(first, next);
    expect(way.steps).toEqual(["Site (PageV1 -> Page, MetaV1 -> Meta)"]);
    expect(await stateOf(plugin)).toEqual({
      page: { metas: [{ text: "3" }] },
      sub: { page: { metas: [{ text: "8" }] }, sub: null },
    });
    await plugin.close();
  });

  test("takes older classes of other files, whatever they are called", async () => {
    const first = await running(v1, { names });
    await first.call.fill!();
    const next = await made(
      `import { Page as Old } from "./page-v1";
${site(`class Page { visits: u64 = 0; static from(old: Old): Page { return { visits: old.hits }; } }`)}`,
      { names, files: { "page-v1.ts": "export class Page { hits: u32 = 0; }" } },
    );
    const { plugin, way } = await crossed(first, next);
    expect(way.kind).toBe("migrated");
    expect(await stateOf(plugin)).toEqual(filled((n) => ({ visits: BigInt(n) })));
    await plugin.close();
  });

  test("runs between revisions", async () => {
    const first = await running(v1, { names });
    await first.call.fill!();
    const next = await made(
      site(`${pageV1}
@revision(2) class Page { hits: u32 = 0; static from(old: PageV1): Page { return { hits: old.hits * 60 }; } }`),
      { names: `revision, ${names}` },
    );
    const { plugin, way } = await crossed(first, next);
    expect(way.steps).toEqual(["Site (PageV1 -> Page)"]);
    expect(await stateOf(plugin)).toEqual(filled((n) => ({ hits: n * 60 })));
    await plugin.close();
  });

  test("leads no data past what is lost elsewhere", async () => {
    const first = await running(v1, { names });
    await first.call.fill!();
    const next = await made(site(`${pageV1}\nclass Page ${page2("Page")}`).replace("before: u32 = 1;", ""), {
      names,
    });
    await expect(crossed(first, next)).rejects.toThrow("before: the new version has no such field");
    const renamed = await made(site(`${pageV1}\nclass Page ${page2("Page")}`).replaceAll("Shelf", "Rack"), {
      names,
    });
    await expect(crossed(first, renamed)).rejects.toThrow("shelf: was Shelf, is Rack, another name");
    await first.close();
  });

  test("ends the restore where it aborts, and changes nothing", async () => {
    const first = await running(v1, { names });
    await first.call.fill!();
    const next = await made(
      `${site(`${pageV1}
class Page { visits: u64 = 0; static from(old: PageV1): Page {
  if (old.hits == 10) throw new Error("ten"); return { visits: old.hits }; } }`)}
function page(n: u32): Page { const made = new Page(); made.visits = n; return made; }${fill}`,
      { names },
    );
    await expect(first.swap(next.wasm)).rejects.toThrow("ten");
    expect(await stateOf(first)).toEqual(filled((n) => ({ hits: n })));
    await first.close();
  });
});

describe("the build refuses, at the author's line,", () => {
  const form = "a migration is `static from(old: Older): Page`";
  const holds = "@state class Site { pages: Page[] = []; }\nstate<Site>();";
  test.each<[what: string, text: string, ...errors: string[]]>([
    [
      "a step inside that takes no class",
      `class Page {\n  static from(text: string): Page { return new Page(); } }\n${holds}`,
      `2: the parameter is not of a class of yours: ${form}`,
    ],
    [
      "a step inside of two parameters",
      `class A {}\nclass Page {\n  static from(a: A, b: A): Page { return new Page(); } }\n${holds}`,
      `3: found 2 parameters: ${form}`,
    ],
    [
      "a step inside to another class",
      `class A {}\nclass Page {\n  static from(a: A): A { return a; } }\n${holds}`,
      `3: the result is of another type: ${form}`,
    ],
    [
      "a step inside from itself",
      `class A {\n  static from(a: Page): A { return new A(); } }
class Page {\n  n: u8 = 0; static from(a: A): Page { return new Page(); } }\n${holds}`,
      "2: a state cannot come from itself: Page, from A, from Page",
    ],
    [
      "a step in a generic class",
      `class A { n: u8 = 0; }\nclass Box<T> {\n  static from(a: A): A { return a; } }
@state class Site { box: Box<u8> = new Box<u8>(); }\nstate<Site>();`,
      "3: Box is generic, so no step leads to it: make the step in the class that holds it, " +
        "or give this `from` another name",
    ],
    [
      "a step inside that can never run",
      `class PageV1 { hits: u32 = 0; }\nclass Page { hits: u32 = 5;
  static from(old: PageV1): Page { return { hits: old.hits * 2 }; } }\n${holds}`,
      "3: this step can never run: Page has the same fields as PageV1, so its state is taken as one of Page; " +
        "if they mean something else, write @revision(2) above class Page",
    ],
    [
      "an older class inside that cannot be kept",
      `class PageV1 {\n  $hits: u32 = 0; }\nclass Page { hits: u32 = 5;
  static from(old: PageV1): Page { return new Page(); } }\n${holds}`,
      "2: state cannot have the name $hits: Avro takes letters of ASCII, digits and _",
    ],
    [
      "a step of a @shared class",
      `class PageV1 { hits: u8 = 0; }\n@shared class Page { hits: u32 = 5;
  static from(old: PageV1): Page { return new Page(); } }\n${holds}`,
      "3: objects of Page are @shared, so this step would see objects that are not there yet: " +
        "make the step in the @state class, or give this `from` another name",
    ],
    [
      "a step of a class that holds @shared objects, at any depth",
      `@shared class Node { n: u32 = 0; }\nclass Deep { nodes: Array<Node> = []; }\nclass PageV1 { deep: Deep = new Deep(); }
class Page { deep: Deep = new Deep(); sum: u32 = 0;
  static from(old: PageV1): Page { return { deep: old.deep, sum: old.deep.nodes[0].n }; } }\n${holds}`,
      "5: objects of Node are @shared, so this step would see objects that are not there yet: " +
        "make the step in the @state class, or give this `from` another name",
    ],
  ])("%s", async (_, text, ...errors) => {
    expect(await errorsOf(`${text}\nexport function go(): void {}`, { names })).toEqual(errors);
  });
});

test("a module whose classes inside have no steps says nothing of them", async () => {
  const { manifest } = await made(v1, { names });
  expect(manifest.state?.migrations).toEqual([]);
});

test("what older classes lie in is a union of them, the newest first", async () => {
  const { manifest } = await made(
    `${pageV1}\nclass Page ${page2("Page")}
@state class Site { pages: Map<string, Page> = new Map(); maybe: Page | null = null; }\nstate<Site>();`,
    { names },
  );
  const page = { name: "visits", type: { type: "long", moult: "u64" }, default: 0 };
  const old = { name: "hits", type: { type: "long", moult: "u32" }, default: 0 };
  expect(manifest.state?.migrations).toEqual([
    {
      name: "Site",
      nested: true,
      fingerprint: expect.any(String),
      schema: {
        type: "record",
        name: "Site",
        fields: [
          {
            name: "pages",
            type: {
              type: "map",
              values: [
                { type: "record", name: "Page", fields: [page] },
                { type: "record", name: "PageV1", fields: [old] },
              ],
            },
            default: {},
          },
          { name: "maybe", type: ["null", "Page", "PageV1"], default: null },
        ],
      },
    },
  ]);
});
