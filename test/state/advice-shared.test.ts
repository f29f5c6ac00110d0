import { afterAll, expect, test } from "vitest";
import { advice, followed, pieces, steps, words } from "./advised.ts";
import { cleanUp, crossed, made, running } from "./author.ts";

afterAll(cleanUp);
const names = "Option, state";

interface Change {
  readonly old: string;
  readonly next: string;
  /** What the author decides, for each `throw` in what was pasted. */
  readonly decided?: Readonly<Record<string, string>>;
  /** What `look` answers before the swap and after it. */
  readonly looks: readonly [before: string, after: string];
}

const book = `@shared class Order {
  id: u32 = 0;
  quantity: u32 = 0;
}
class Level {
  orders: Array<Order> = [];
  sum: u32 = 0;
}
@state class Book {
  byId: Map<u32, Order> = new Map();
  levels: Map<u32, Level> = new Map();
}
const book = state<Book>();
export function fill(): void {
  for (let i: u32 = 1; i <= 3; i++) {
    const order = new Order();
    order.id = i;
    order.quantity = i * 10;
    book.byId.set(i, order);
    if (!book.levels.has(i / 3)) book.levels.set(i / 3, new Level());
    const level = book.levels.get(i / 3);
    level.orders.push(order);
    level.sum += order.quantity;
  }
}
/** By the levels, after a change by the index: both hold the same orders. */
export function look(): string {
  let found = "";
  const ids = book.byId.keys();
  for (let i = 0; i < ids.length; i++) book.byId.get(ids[i]).quantity++;
  const prices = book.levels.keys();
  for (let i = 0; i < prices.length; i++) {
    const level = book.levels.get(prices[i]);
    found += level.sum.toString() + ":";
    for (let j = 0; j < level.orders.length; j++) found += level.orders[j].quantity.toString() + ",";
  }
  return found;
}`;
const list = `@shared class Node {
  value: u32 = 0;
  next: Node | null = null;
}
class Ring {
  first: Node | null = null;
}
class Meta {
  text: string = "1";
}
class Old {
  ring: Ring = new Ring();
}
@state class Rings {
  ring: Ring = new Ring();
  meta: Meta = new Meta();
  static from(old: Old): Rings { return { ring: old.ring, meta: new Meta() }; }
}
const rings = state<Rings>();
export function fill(): void {
  const node = new Node();
  node.value = 7;
  node.next = node;
  rings.ring.first = node;
}
export function look(): string {
  const node = rings.ring.first!;
  return node.value.toString() + (node.next == node ? " in a ring, " : " in a row, ") + rings.meta.text.toString();
}`;

const changes: Record<string, Change> = {
  "another type of a field of a @shared class": {
    old: book,
    next: book.replace("id: u32 = 0;", 'id: string = "";').replace("order.id = i;", ""),
    decided: {
      "byId becomes of old.byId": "",
      "levels becomes of old.levels": `const prices = old.levels.keys();
      for (let i = 0; i < prices.length; i++) {
        const level = old.levels.get(prices[i]);
        const orders = level.orders.map<Order>((one) => ({ id: "#" + one.id.toString(), quantity: one.quantity }));
        for (let j = 0; j < orders.length; j++) made.byId.set(level.orders[j].id, orders[j]);
        made.levels.set(prices[i], { orders, sum: level.sum });
      }`,
    },
    looks: ["30:11,21,30:31,", "30:12,22,30:32,"],
  },
  "another type in a class that holds @shared objects": {
    old: book,
    next: book.replace("sum: u32 = 0;", 'sum: string = "";').replace("level.sum += order.quantity;", ""),
    decided: {
      "levels becomes of old.levels": `const prices = old.levels.keys();
      for (let i = 0; i < prices.length; i++) {
        const level = old.levels.get(prices[i]);
        made.levels.set(prices[i], { orders: level.orders, sum: "sum " + level.sum.toString() });
      }`,
    },
    looks: ["30:11,21,30:31,", "sum 30:12,22,sum 30:32,"],
  },
  "the state itself, where it holds @shared objects": {
    old: book,
    next: `${book.replace(" levels: Map<u32, Level> = new Map();", " level: Level = new Level();").split("const book")[0]}
const book = state<Book>();
export function fill(): void {}
export function look(): string {
  book.byId.get(1).quantity++;
  return book.level.orders[0].quantity.toString();
}`,
    decided: { "becomes of old.levels": "made.level = old.levels.get(0);" },
    looks: ["30:11,21,30:31,", "12"],
  },
  "a list of @shared objects that becomes a map": {
    old: book.replaceAll("Level", "Shelf"),
    next: `${
      book
        .replaceAll("Level", "Shelf")
        .replace("orders: Array<Order> = [];", "orders: Map<u32, Order> = new Map();")
        .split("const book")[0]
    }
const book = state<Book>();
export function fill(): void {}
export function look(): string {
  book.byId.get(1).quantity++;
  return book.levels.get(0).orders.get(1).quantity.toString();
}`,
    decided: {
      "levels becomes of old.levels": `const prices = old.levels.keys();
      for (let i = 0; i < prices.length; i++) {
        const level = old.levels.get(prices[i]);
        const shelf = new Shelf();
        for (let j = 0; j < level.orders.length; j++) shelf.orders.set(level.orders[j].id, level.orders[j]);
        made.levels.set(prices[i], shelf);
      }`,
    },
    looks: ["30:11,21,30:31,", "12"],
  },
  "a chain, a class between, and a class of its own that changed as well": {
    old: list,
    next: list
      .replace("value: u32 = 0;", 'value: string = "";')
      .replace('text: string = "1";', "text: u32 = 0;")
      .replace("node.value = 7;", ""),
    decided: {
      "text becomes of old.text": "made.text = <u32>parseInt(old.text) + 1;",
      "ring becomes of old.ring": `const node = new Node();
      node.value = "was " + old.ring.first!.value.toString();
      node.next = node;
      made.ring.first = node;`,
    },
    looks: ["7 in a ring, 1", "was 7 in a ring, 2"],
  },
};

test.each(Object.entries(changes))(
  "%s: the step that is advised builds, and takes the state once its author has decided",
  async (_, { old, next, decided = {}, looks }) => {
    const plugin = await running(old, { names });
    await plugin.call.fill!();
    expect(await plugin.call.look!()).toBe(looks[0]);
    const pasted = steps(pieces(await advice(old, next))).reduce(followed, next);
    const undecided = await made(pasted, { names });
    await expect(plugin.swap(undecided.wasm)).rejects.toThrow("decide what");
    const done = Object.entries(decided).reduce((text, [what, code]) => {
      const mark = `throw new Error("decide what ${what}");`;
      expect(text).toContain(mark);
      return text.replace(mark, code);
    }, pasted);
    expect(done).not.toContain("decide what");
    const { plugin: crossing } = await crossed(plugin, await made(done, { names }));
    expect(await crossing.call.look!()).toBe(looks[1]);
    await crossing.close();
  },
);

test.each([
  ["a field renamed in a @shared class", (text: string) => text.replaceAll("quantity", "open")],
  ["a @shared class renamed", (text: string) => text.replaceAll("Order", "Item")],
  [
    "both, and a class that holds it",
    (text: string) =>
      text.replaceAll("quantity", "open").replaceAll("Order", "Item").replaceAll("Level", "Shelf"),
  ],
])("%s: the words that are advised suffice", async (_, change) => {
  const plugin = await running(book, { names });
  await plugin.call.fill!();
  const next = change(book);
  const done = words(pieces(await advice(book, next))).reduce(followed, next);
  const { plugin: crossing, way } = await crossed(plugin, await made(done, { names }));
  expect(way.kind).toBe("lossless");
  expect(await crossing.call.look!()).toBe("30:11,21,30:31,");
  await crossing.close();
});
