import { afterAll, describe, expect, test } from "vitest";
import { advice, followed, pieces, steps, words } from "./advised.ts";
import { cleanUp, crossed, made, running, stateOf } from "./author.ts";

afterAll(cleanUp);
const names = "Option, state";

const counter = `class CounterV1 {
  count: u32 = 0;
}
@state class Counter {
  total: u64 = 0;
  static from(old: CounterV1): Counter { return { total: old.count }; }
}
const c = state<Counter>();
export function add(n: u64): u64 { return c.total += n; }`;
const renamed = counter.replaceAll("total", "sum");

describe("what a refusal says, followed to the letter,", () => {
  test("keeps a renamed field of a class with a step", async () => {
    const all = pieces(await advice(counter, renamed));
    expect(all).toEqual([
      { where: "- If total is called sum now, in class Counter:", code: '@was("total") sum: u64 = 0;' },
      {
        where: "- Else a step. Above class Counter:",
        code: [
          "class CounterV2 {",
          "  total: u64 = 0;",
          "  static from(old: CounterV1): CounterV2 {",
          "    // Until now Counter was made of CounterV1: what its `from` did belongs here.",
          '    throw new Error("no way from CounterV1 to CounterV2 yet");',
          "  }",
          "}",
        ].join("\n"),
      },
      {
        where: "  and in class Counter, in place of its `from`:",
        code: [
          "static from(old: CounterV2): Counter {",
          "  const made = new Counter();",
          "  made.sum = old.total;",
          "  return made;",
          "}",
        ].join("\n"),
      },
    ]);
    for (const chosen of [words(all), steps(all)]) {
      const old = await running(counter, { names });
      await old.call.add!(5_000_000_000n);
      const next = await made(chosen.reduce(followed, renamed), { names });
      const { plugin } = await crossed(old, next);
      expect(await stateOf(plugin)).toEqual({ sum: 5_000_000_000n });
      await plugin.close();
    }
    // Who forgets to move the old step loses nothing: that state is refused, and says why.
    const first = await running("@state class Counter { count: u32 = 3; }\nstate<Counter>();", { names });
    const next = await made(steps(all).reduce(followed, renamed), { names });
    await expect(crossed(first, next)).rejects.toThrow("no way from CounterV1 to CounterV2 yet");
  });

  const rich = `class Order {
  id: u32 = 1;
  quantity: u32 = 2;
}
enum Hue { Red, Green }
@state class Shop {
  orders: Map<string, Array<Order>> = new Map();
  hue: Hue = Hue.Green;
  note: string = "n";
  maybe: Option<u32> = Option.some<u32>(4);
}
const shop = state<Shop>();
export function go(): void { shop.orders.set("a", [new Order()]); }`;

  test.each<[what: string, change: (text: string) => string, state: unknown]>([
    [
      "a field renamed deep inside",
      (text) => text.replace("quantity:", "amount:"),
      { orders: new Map([["a", [{ id: 1, amount: 2 }]]]), hue: "Green", note: "n", maybe: 4 },
    ],
    [
      "a field that is gone",
      (text) => text.replace('  note: string = "n";\n', ""),
      { orders: new Map([["a", [{ id: 1, quantity: 2 }]]]), hue: "Green", maybe: 4 },
    ],
    [
      "two fields that are gone",
      (text) => text.replace('  note: string = "n";\n', "").replace(/ {2}maybe.*\n/, ""),
      { orders: new Map([["a", [{ id: 1, quantity: 2 }]]]), hue: "Green" },
    ],
    [
      "a class renamed",
      (text) => text.replaceAll("Order", "Item"),
      { orders: new Map([["a", [{ id: 1, quantity: 2 }]]]), hue: "Green", note: "n", maybe: 4 },
    ],
    [
      "a class renamed, and a field of it",
      (text) => text.replaceAll("Order", "Item").replace("quantity", "amount"),
      { orders: new Map([["a", [{ id: 1, amount: 2 }]]]), hue: "Green", note: "n", maybe: 4 },
    ],
    [
      "an enum renamed",
      (text) => text.replaceAll("Hue", "Colour"),
      { orders: new Map([["a", [{ id: 1, quantity: 2 }]]]), hue: "Green", note: "n", maybe: 4 },
    ],
    [
      "all of it at once",
      (text) =>
        text
          .replaceAll("Hue", "Colour")
          .replaceAll("Order", "Item")
          .replace("quantity", "amount")
          .replace('  note: string = "n";\n', ""),
      { orders: new Map([["a", [{ id: 1, amount: 2 }]]]), hue: "Green", maybe: 4 },
    ],
  ])("keeps %s by a word", async (_, change, state) => {
    const text = change(rich);
    const all = words(pieces(await advice(rich, text)));
    const old = await running(rich, { names });
    await old.call.go!();
    const { plugin, way } = await crossed(old, await made(all.reduce(followed, text), { names }));
    expect(way.kind).toBe("lossless");
    expect(await stateOf(plugin)).toEqual(state);
    await plugin.close();
  });

  test.each<[what: string, change: (text: string) => string, decided: [string, string][], state: unknown]>([
    [
      "another type of a field deep inside",
      (text) => text.replace("quantity: u32 = 2", 'quantity: string = ""'),
      [
        [
          'throw new Error("decide what quantity becomes of old.quantity");',
          "made.quantity = old.quantity.toString();",
        ],
      ],
      { orders: new Map([["a", [{ id: 1, quantity: "2" }]]]), hue: "Green", note: "n", maybe: 4 },
    ],
    [
      "a symbol that is gone",
      (text) => text.replace("Red, Green", "Red, Blue").replace("Hue.Green", "Hue.Red"),
      [
        [
          'throw new Error("decide what hue becomes of old.hue");',
          "made.hue = old.hue == HueV1.Green ? Hue.Blue : Hue.Red;",
        ],
      ],
      { orders: new Map([["a", [{ id: 1, quantity: 2 }]]]), hue: "Blue", note: "n", maybe: 4 },
    ],
    [
      "a list that becomes a map, of a class that changed as well",
      (text) =>
        text
          .replace("Map<string, Array<Order>>", "Array<Order>")
          .replace("= new Map()", "= []")
          .replace("quantity: u32", "quantity: u16")
          .replace('shop.orders.set("a", [new Order()])', "shop.orders = [new Order()]"),
      [
        [
          'throw new Error("decide what orders becomes of old.orders");',
          'const one = new Order(); one.quantity = <u16>old.orders.get("a")[0].quantity * 7; made.orders = [one];',
        ],
      ],
      { orders: [{ id: 1, quantity: 14 }], hue: "Green", note: "n", maybe: 4 },
    ],
    [
      "an option that becomes a number",
      (text) => text.replace("maybe: Option<u32> = Option.some<u32>(4)", "maybe: u32 = 9"),
      [['throw new Error("decide what maybe becomes of old.maybe");', "made.maybe = old.maybe.or(0);"]],
      { orders: new Map([["a", [{ id: 1, quantity: 2 }]]]), hue: "Green", note: "n", maybe: 4 },
    ],
  ])("keeps %s by a step, once its author has decided", async (_, change, decided, state) => {
    const text = change(rich);
    const all = steps(pieces(await advice(rich, text)));
    const old = await running(rich, { names });
    await old.call.go!();
    const pasted = all.reduce(followed, text);
    // As it is it builds, and where something is to be decided nothing crosses.
    const undecided = await made(pasted, { names });
    await expect(old.swap(undecided.wasm)).rejects.toThrow("decide what");
    const done = decided.reduce((text, [mark, code]) => {
      expect(text).toContain(mark);
      return text.replace(mark, code);
    }, pasted);
    expect(done).not.toContain("decide");
    const { plugin } = await crossed(old, await made(done, { names }));
    expect(await stateOf(plugin)).toEqual(state);
    await plugin.close();
  });

  test("keeps what another revision of a class means", async () => {
    const text = (mark: string) => `${mark}class Page {\n  n: u32 = 3;\n}
@state class Site {\n  page: Page = new Page();\n}\nstate<Site>();`;
    const all = pieces(await advice(text(""), text("@revision(2) ")));
    const pasted = all.reduce(followed, text("@revision(2) "));
    const mark = 'throw new Error("decide what n becomes of old.n");';
    expect(pasted).toContain(mark);
    const old = await running(text(""), { names });
    const next = await made(pasted.replace(mark, "made.n = old.n * 60;"), { names });
    const { plugin } = await crossed(old, next);
    expect(await stateOf(plugin)).toEqual({ page: { n: 180 } });
    await plugin.close();
  });
});

test("advice about very many classes ends somewhere", async () => {
  const classes = (type: string) =>
    [...Array(30).keys()].map((i) => `class C${i} {\n  n: ${type};\n}`).join("\n");
  const fields = [...Array(30).keys()].map((i) => `  c${i}: C${i} = new C${i}();`).join("\n");
  const text = (type: string) => `${classes(type)}\n@state class S {\n${fields}\n}\nstate<S>();`;
  const lines = (await advice(text("u32 = 0"), text('string = ""'))).split("\n");
  expect(lines).toHaveLength(81);
  expect(lines.at(-1)).toMatch(/^\.\.\. and \d+ lines more: `moult migrate` writes them$/);
});
