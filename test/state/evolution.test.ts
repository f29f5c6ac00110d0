import { afterAll, describe, expect, test } from "vitest";
import { differences } from "../../abi/state/avro/differences.ts";
import { translator } from "../../abi/state/avro/translate.ts";
import { decode, encode, parseSchema } from "../../abi/tools.ts";
import { cleanUp, crossed, errorsOf, made, running, stateOf } from "./author.ts";

afterAll(cleanUp);
const names = "dropped, Option, revision, state, was";
const old = `enum Colour { Red, Green }
class Order { id: u32 = 1; qty: u32 = 2; colour: Colour = Colour.Green; legacy: string = "x"; }
@state class Shop {
  first: string = "f";
  orders: Map<string, Array<Order>> = new Map();
  maybe: Order | null = null;
  perhaps: Option<Order> = Option.none<Order>();
  byId: Map<u32, Order> = new Map();
  last: u64 = 9;
}
const shop = state<Shop>();
export function fill(): void {
  shop.orders.set("a", [new Order(), new Order()]);
  shop.orders.get("a")[1].id = 70000;
  shop.maybe = new Order();
  shop.perhaps = Option.some<Order>(new Order());
  shop.byId.set(3, new Order());
}`;

test("@was renames fields, classes and enums at any depth, and @dropped lets fields go", async () => {
  const plugin = await running(old, { names });
  await plugin.call.fill!();
  const next = await made(
    `@was("Hue") @was("Colour") enum Color { Red, Green, Blue }
@was("Order", "Bestellung") @dropped("legacy", "never")
class Item { @was("n", "qty") quantity: u64 = 0; @was("colour") color: Color = Color.Red; id: u32 = 0; }
@dropped("first") @state class Shop {
  @was("byId") items: Map<u32, Item> = new Map();
  orders: Map<string, Array<Item>> = new Map();
  maybe: Item | null = null;
  perhaps: Option<Item> = Option.none<Item>();
  fresh: u32 = 4;
  last: u64 = 0;
}
const shop = state<Shop>();
export function quantity(): u64 { return shop.orders.get("a")[1].quantity; }`,
    { names },
  );
  expect(next.warnings).toEqual([]);
  const { plugin: shop, way } = await crossed(plugin, next);
  expect(way.kind).toBe("lossless");
  const item = { quantity: 2n, color: "Green", id: 1 };
  expect(await stateOf(shop)).toEqual({
    items: new Map([[3, item]]),
    orders: new Map([["a", [item, { ...item, id: 70_000 }]]]),
    maybe: item,
    perhaps: item,
    fresh: 4,
    last: 9n,
  });
  expect(await shop.call.quantity!()).toBe(2n);
  await shop.close();
});

test("a type argument that was renamed leaves its generic class what it was", async () => {
  const generic = (page: string, above = "") => `${above}class ${page} { hits: u32 = 3; }
class Box<T> { value: T | null = null; }
@state class Site { box: Box<${page}> = new Box<${page}>(); list: Box<${page}[]> = new Box<${page}[]>(); }
const site = state<Site>();
export function fill(): void { site.box.value = new ${page}(); site.list.value = [new ${page}()]; }`;
  const plugin = await running(generic("Pg"), { names });
  await plugin.call.fill!();
  const next = await made(generic("Page", '@was("Pg") '), { names });
  expect((await plugin.swap(next.wasm)).way).toBe("lossless");
  expect(await stateOf(plugin)).toEqual({ box: { value: { hits: 3 } }, list: { value: [{ hits: 3 }] } });
  await plugin.close();
});

test("what a base class says of its fields holds for the classes that extend it", async () => {
  const plugin = await running(`class Base { a: u32 = 1; b: u32 = 2; }
class Page extends Base { c: u32 = 3; }
@state class Site { page: Page = new Page(); }
state<Site>();`);
  const next = await made(
    `@dropped("b") class Base { @was("a") first: u32 = 0; }
class Page extends Base { c: u32 = 0; }
@state class Site { page: Page = new Page(); }
state<Site>();`,
    { names },
  );
  await plugin.swap(next.wasm);
  expect(await stateOf(plugin)).toEqual({ page: { first: 1, c: 3 } });
  await plugin.close();
});

describe("the build refuses, at the author's line,", () => {
  const page = (text: string, before = "") => `${before}@state class Page {\n${text}\n}`;
  test.each<[what: string, text: string, ...errors: string[]]>([
    [
      "@was of a field that is there",
      page('  @was("b") a: u32 = 0;\n  b: u32 = 0;'),
      '2: @was("b") on Page.a: Page has a field b, so a word cannot tell the old one from it: only a step can (static from)',
    ],
    ["@was of the field itself", page('  @was("a") a: u32 = 0;'), '2: @was("a") names Page.a itself'],
    [
      "@was of one name on two fields",
      page('  @was("x") a: u32 = 0;\n  @was("y", "x") b: u32 = 0;'),
      '3: @was("x") on Page.b: Page.a was x already',
    ],
    ["@was of one name twice", page('  @was("x") @was("x") a: u32 = 0;'), "2: @was names x twice"],
    [
      "@dropped of a field that is there",
      `@dropped("a") @state\nclass Page { a: u32 = 0; }`,
      '2: @dropped("a") on Page, which has a field a, so a word cannot tell the old one from it: only a step can (static from)',
    ],
    [
      "@dropped of what another field was",
      `@dropped("x") @state\nclass Page { @was("x") a: u32 = 0; }`,
      '2: @dropped("x") on Page, where a takes it: it says @was("x")',
    ],
    [
      "@was of what is no literal",
      `const OLD = "x";\n${page("  @was(OLD) a: u32 = 0;")}`,
      '3: @was takes a name of an earlier version, in quotes: @was("old"); found OLD',
    ],
    [
      "@was of a number",
      page("  @was(1) a: u32 = 0;"),
      '2: @was takes a name of an earlier version, in quotes: @was("old"); found 1',
    ],
    ["@was of nothing", page("  @was a: u32 = 0;"), '2: @was without a name: write @was("old")'],
    [
      "@dropped of nothing",
      "@dropped() @state class Page {}",
      '1: @dropped without a name: write @dropped("legacy")',
    ],
    [
      "@was of what no field was called",
      page('  @was("a b") a: u32 = 0;'),
      '2: no field or type of a state was ever called "a b"',
    ],
    [
      "@was above a class, of a class that is in the state",
      `class Old {}\n@was("Old") class New {}\n${page("  a: New = new New();\n  b: Old = new Old();")}`,
      '2: @was("Old") above New: Old is another type of the state, so a word cannot tell the old one from it: only a step can (static from)',
    ],
    [
      "@was above a class, of itself",
      '@was("Page") @state class Page {}',
      '1: @was("Page") above Page: Page is its name',
    ],
    [
      "@revision of no number",
      "@revision @state class Page {}",
      "1: @revision takes a whole number from 2 on, found nothing: a class without it is revision 1, and the next one is @revision(2)",
    ],
    [
      "@revision of 1",
      "@revision(1) @state class Page {}",
      "1: @revision takes a whole number from 2 on, found 1: a class without it is revision 1, and the next one is @revision(2)",
    ],
    [
      "@revision of a text",
      '@revision("2") @state class Page {}',
      '1: @revision takes a whole number from 2 on, found "2": a class without it is revision 1, and the next one is @revision(2)',
    ],
    ["two revisions", "@revision(2) @revision(3) @state class Page {}", "1: a class has one @revision"],
    [
      "@revision of a base class",
      "@revision(2) class Base {}\n@state class Page extends Base {}",
      "1: @revision above Base, which Page extends: it counts in the class whose objects are kept: write it above Page",
    ],
    [
      "@was on a function",
      '@was("f") function g(): void {}\n@state class Page {}',
      '1: @was("old") stands above a field, a class or an enum, not here',
    ],
    [
      "@was on a method",
      page('  @was("f")\n  g(): void {}'),
      '2: @was("old") stands above a field, a class or an enum, not here',
    ],
    [
      "@was on a static field",
      page('  @was("f")\n  static g: u32 = 0;'),
      '2: @was("old") stands above a field, a class or an enum, not here',
    ],
    [
      "@was on a variable",
      '@was("f") let g: u32 = 0;\n@state class Page {}',
      '1: @was("old") stands above a field, a class or an enum, not here',
    ],
    [
      "@dropped on a field",
      page('  @dropped("f") g: u32 = 0;'),
      '2: @dropped("legacy") stands above a class, not here',
    ],
    [
      "@revision on an enum",
      "@revision(2) enum E { A }\n@state class Page { e: E = E.A; }",
      "1: @revision(2) stands above a class, not here",
    ],
    [
      "@dropped on an interface",
      '@dropped("x") interface I {}\n@state class Page {}',
      '1: @dropped("legacy") stands above a class, not here',
    ],
    [
      "@was in a namespace",
      'namespace n {\n@was("x") export class I {}\n}\n@state class Page {}',
      '2: @was("old") stands above a field, a class or an enum, not here',
    ],
  ])("%s", async (_, text, ...errors) => {
    expect(await errorsOf(`${text}\nexport function go(): void {}`, { names })).toEqual(errors);
  });

  test("and warns of what stands above a class that is no part of the state", async () => {
    const { warnings } = await made(
      `@dropped("x") class Other { @was("b") a: u32 = 0; }\n@state class Page {}\nexport function f(o: Other): void {}`,
      { names },
    );
    expect(warnings.map((text) => /moult: (.*)/.exec(text)?.[1] ?? text)).toEqual([
      expect.stringContaining("Other is no part of the state, so @dropped says nothing here"),
      expect.stringContaining("Other is no part of the state, so @was says nothing here"),
    ]);
  });
});

describe("a field that was dropped on purpose", () => {
  const types = ["int", "string", { type: "array", items: "string" }, ["null", "double"]] as const;
  const values = (i: number) => [i * 1000, `text ${i}`, ["a", `b${i}`], i % 2 ? null : i / 3];
  const letters = ["a", "b", "c", "d", "e"];
  const writerOf = () => ({
    type: "record",
    name: "R",
    fields: letters.map((name, i) => ({ name, type: types[i % types.length] })),
  });

  test("leaves every other value what it was, wherever it stood, in whatever order they stand now", () => {
    const value = Object.fromEntries(letters.map((name, i) => [name, values(i)[i % types.length]]));
    const writer = parseSchema({
      type: "record",
      name: "S",
      fields: [
        { name: "one", type: writerOf() },
        { name: "all", type: { type: "array", items: "R" } },
        { name: "map", type: { type: "map", values: "R" } },
        { name: "end", type: "string" },
      ],
    });
    const state = { one: value, all: [value, value], map: new Map([["k", value]]), end: "end" };
    const datum = encode(writer, state);
    for (let mask = 0; mask < 1 << letters.length; mask++) {
      const kept = letters.filter((_, i) => mask & (1 << i));
      const dropped = letters.filter((name) => !kept.includes(name));
      for (const order of [kept, [...kept].reverse()]) {
        const fields = order.map((name) => ({ name, type: types[letters.indexOf(name) % types.length] }));
        fields.splice(mask % (fields.length + 1), 0, { name: "z", type: "int", default: 8 } as never);
        const reader = parseSchema({
          type: "record",
          name: "S",
          fields: [
            { name: "one", type: { type: "record", name: "R", fields, dropped } },
            { name: "all", type: { type: "array", items: "R" } },
            { name: "map", type: { type: "map", values: "R" } },
            { name: "end", type: "string" },
          ],
        });
        const rest = { ...Object.fromEntries(kept.map((name) => [name, value[name]])), z: 8 };
        expect(decode(reader, translator(writer, reader)(datum))).toEqual({
          one: rest,
          all: [rest, rest],
          map: new Map([["k", rest]]),
          end: "end",
        });
      }
    }
  });

  test("of the root, at its beginning and its end too", () => {
    const writer = parseSchema(writerOf());
    const value = Object.fromEntries(letters.map((name, i) => [name, values(i)[i % types.length]]));
    for (const dropped of [["a"], ["e"], ["a", "e"], ["d", "e"], letters]) {
      const fields = writerOf().fields.filter(({ name }) => !dropped.includes(name));
      const reader = parseSchema({ type: "record", name: "R", fields, dropped });
      expect(decode(reader, translator(writer, reader)(encode(writer, value)))).toEqual(
        Object.fromEntries(fields.map(({ name }) => [name, value[name]])),
      );
    }
  });

  test("is told, and one that was not dropped on purpose is lost", () => {
    const writer = parseSchema(writerOf());
    const reader = parseSchema({ type: "record", name: "R", fields: [], dropped: ["a", "b", "c", "d"] });
    expect(
      differences(writer, reader).map(({ path, problem, lossless }) => [path, problem, lossless]),
    ).toEqual([
      ...["a", "b", "c", "d"].map((name) => [name, "was dropped on purpose", true]),
      ["e", "the new version has no such field", false],
    ]);
  });

  test("cannot be a field of the class as well, nor be no name", () => {
    const fields = [{ name: "a", type: "int" }];
    const schema = (dropped: unknown) => () => parseSchema({ type: "record", name: "R", fields, dropped });
    expect(schema(["a"])).toThrow("schema, R: found the field a, which it says it has dropped");
    expect(schema("b")).toThrow('schema, R: found the dropped "b", wanted names');
    expect(schema([1])).toThrow("schema, R: found the dropped a list, wanted names");
    expect(schema(Array(257).fill("b"))).toThrow("schema, R: found the dropped a list, wanted names");
  });
});
