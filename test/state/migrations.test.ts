/** Migrations that an ordinary author would write, each from one version's state to the next one's. */
import { afterAll, expect, test } from "vitest";
import { cleanUp, crossed, made, running, stateOf } from "./author.ts";

afterAll(cleanUp);
const names = "dropped, Option, revision, state, was";

interface Migration {
  readonly old: string;
  readonly next: string;
  readonly state: unknown;
  readonly kind: "lossless" | "migrated";
  readonly files?: Readonly<Record<string, string>>;
}

const orders = `class Order { id: u32 = 0; quantity: u32 = 0; }
@state class Shop { orders: Map<string, Array<Order>> = new Map(); }
const shop = state<Shop>();
export function fill(): void {
  for (let i: u32 = 1; i <= 3; i++) {
    shop.orders.set("k" + i.toString(), [order(i), i == 2 ? new Order() : order(i)]);
  }
}
function order(i: u32): Order { return { id: i, quantity: i * 1000000000 }; }`;
/** Each order of `orders`, as `of` has it. */
const ordered = (of: (id: number, quantity: number) => unknown) =>
  new Map([1, 2, 3].map((i) => [`k${i}`, [of(i, i * 1e9), i === 2 ? of(0, 0) : of(i, i * 1e9)]]));

const migrations: Record<string, Migration> = {
  "a field renamed within Map<string, Array<Order>>": {
    old: orders,
    next: `class Order { id: u32 = 0; @was("quantity") amount: u32 = 0; }
@state class Shop { orders: Map<string, Array<Order>> = new Map(); }\nstate<Shop>();`,
    state: { orders: ordered((id, amount) => ({ id, amount })) },
    kind: "lossless",
  },
  "a field renamed and widened, another one gone, a third new": {
    old: orders,
    next: `@dropped("id") class Order { price: f64 = 0.5 * 3; @was("quantity") amount: u64 = 0; }
@state class Shop { orders: Map<string, Array<Order>> = new Map(); }\nstate<Shop>();`,
    state: { orders: ordered((_, amount) => ({ price: 1.5, amount: BigInt(amount) })) },
    kind: "lossless",
  },
  "a number that becomes a text, by a step of its class": {
    old: orders,
    next: `class OrderV1 { id: u32 = 0; quantity: u32 = 0; }
class Order { id: string = ""; quantity: u32 = 0;
  static from(old: OrderV1): Order { return { id: "#" + old.id.toString(), quantity: old.quantity }; } }
@state class Shop { orders: Map<string, Array<Order>> = new Map(); }\nstate<Shop>();`,
    state: { orders: ordered((id, quantity) => ({ id: `#${id}`, quantity })) },
    kind: "migrated",
  },
  "a class split in two": {
    old: orders,
    next: `class OrderV1 { id: u32 = 0; quantity: u32 = 0; }
class Line { quantity: u32 = 0; }
class Order { id: u32 = 0; lines: Array<Line> = [];
  static from(old: OrderV1): Order { return { id: old.id, lines: [{ quantity: old.quantity }] }; } }
@state class Shop { orders: Map<string, Array<Order>> = new Map(); }\nstate<Shop>();`,
    state: { orders: ordered((id, quantity) => ({ id, lines: [{ quantity }] })) },
    kind: "migrated",
  },
  "two fields merged into one": {
    old: orders,
    next: `class OrderV1 { id: u32 = 0; quantity: u32 = 0; }
class Order { both: u64 = 0;
  static from(old: OrderV1): Order { return { both: (<u64>old.id << 32) | old.quantity }; } }
@state class Shop { orders: Map<string, Array<Order>> = new Map(); }\nstate<Shop>();`,
    state: { orders: ordered((id, quantity) => ({ both: (BigInt(id) << 32n) | BigInt(quantity) })) },
    kind: "migrated",
  },
  "an index beside a list, by the root's step": {
    old: orders,
    next: `class Order { id: u32 = 0; quantity: u32 = 0; }
class ShopV1 { orders: Map<string, Array<Order>> = new Map(); }
@state class Shop { total: u64 = 0; orders: Map<string, Array<Order>> = new Map();
  static from(old: ShopV1): Shop {
    const made = new Shop();
    made.orders = old.orders;
    const lists = old.orders.values();
    for (let i = 0; i < lists.length; i++) for (let j = 0; j < lists[i].length; j++) made.total += lists[i][j].quantity;
    return made;
  } }\nstate<Shop>();`,
    state: { total: 10_000_000_000n, orders: ordered((id, quantity) => ({ id, quantity })) },
    kind: "migrated",
  },
  "a class that moved to another file, under another name": {
    old: orders,
    next: `import { Item } from "./moved-item";
@state class Shop { orders: Map<string, Array<Item>> = new Map(); }\nstate<Shop>();`,
    files: {
      "moved-item.ts": '@was("Order")\nexport class Item { id: u32 = 0; quantity: u32 = 0; }',
    },
    state: { orders: ordered((id, quantity) => ({ id, quantity })) },
    kind: "lossless",
  },
  "names that mean something new: of a field, of two that took each other's, and of a class": {
    old: orders,
    next: `class OrderV1 { id: u32 = 0; quantity: u32 = 0; }
@revision(2) class Item { id: u32 = 0; quantity: u32 = 0;
  static from(old: OrderV1): Item { return { id: old.quantity, quantity: old.id }; } }
class Order { items: Array<Item> = []; }
class ShopV1 { orders: Map<string, Array<Item>> = new Map(); }
@state class Shop { items: Map<string, Array<Item>> = new Map(); orders: Array<Order> = [];
  static from(old: ShopV1): Shop { return { items: old.orders, orders: [] }; } }\nstate<Shop>();`,
    state: { items: ordered((quantity, id) => ({ id, quantity })), orders: [] },
    kind: "migrated",
  },
  "another unit of the same type": {
    old: orders,
    next: `class OrderV1 { id: u32 = 0; quantity: u32 = 0; }
@revision(2) class Order { id: u32 = 0; quantity: u32 = 0;
  static from(old: OrderV1): Order { return { id: old.id, quantity: old.quantity / 1000 }; } }
@state class Shop { orders: Map<string, Array<Order>> = new Map(); }\nstate<Shop>();`,
    state: { orders: ordered((id, quantity) => ({ id, quantity: quantity / 1000 })) },
    kind: "migrated",
  },
  "a symbol of an enum that is gone": {
    old: `enum Level { Low, Middle, High }
class Task { level: Level = Level.Low; }
@state class Board { tasks: Array<Task> = []; }
const board = state<Board>();
export function fill(): void { for (let i = 0; i < 3; i++) board.tasks.push({ level: <Level>i }); }`,
    next: `enum LevelV1 { Low, Middle, High }
enum Level { High, Low }
class TaskV1 { level: LevelV1 = LevelV1.Low; }
class Task { level: Level = Level.Low;
  static from(old: TaskV1): Task { return { level: old.level == LevelV1.Low ? Level.Low : Level.High }; } }
@state class Board { tasks: Array<Task> = []; }\nstate<Board>();`,
    state: { tasks: [{ level: "Low" }, { level: "High" }, { level: "High" }] },
    kind: "migrated",
  },
  "a generic class with another argument": {
    old: `class Range<T> { from: T; to: T; constructor() { this.from = 0; this.to = 0; } }
@state class Chart { range: Range<u32> = new Range<u32>(); name: string = "c"; }
const chart = state<Chart>();
export function fill(): void { chart.range.from = 5; chart.range.to = 4000000000; }`,
    next: `class Range<T> { from: T; to: T; constructor() { this.from = 0; this.to = 0; } }
class ChartV1 { range: Range<u32> = new Range<u32>(); name: string = ""; }
@state class Chart { range: Range<f64> = new Range<f64>(); name: string = "";
  static from(old: ChartV1): Chart {
    const made = new Chart();
    made.name = old.name; made.range.from = old.range.from; made.range.to = old.range.to;
    return made;
  } }\nstate<Chart>();`,
    state: { range: { from: 5, to: 4_000_000_000 }, name: "c" },
    kind: "migrated",
  },
  "a list that becomes a map, and a field that may be nothing": {
    old: `class User { name: string = ""; age: u32 = 0; }
@state class Club { users: Array<User> = []; }
const club = state<Club>();
export function fill(): void { club.users = [{ name: "ann", age: 40 }, { name: "bob", age: 0 }]; }`,
    next: `class UserV1 { name: string = ""; age: u32 = 0; }
class User { name: string = ""; age: Option<u32> = Option.none<u32>();
  static from(old: UserV1): User {
    return { name: old.name, age: old.age ? Option.some<u32>(old.age) : Option.none<u32>() };
  } }
class ClubV1 { users: Array<User> = []; }
@state class Club { users: Map<string, User> = new Map();
  static from(old: ClubV1): Club {
    const made = new Club();
    for (let i = 0; i < old.users.length; i++) made.users.set(old.users[i].name, old.users[i]);
    return made;
  } }\nstate<Club>();`,
    state: {
      users: new Map([
        ["ann", { name: "ann", age: 40 }],
        ["bob", { name: "bob", age: null }],
      ]),
    },
    kind: "migrated",
  },
  "keys of a map that become objects": {
    old: `@state class Hits { byPath: Map<string, u32> = new Map(); }
const hits = state<Hits>();
export function fill(): void { hits.byPath.set("/", 3); hits.byPath.set("/a", 4); }`,
    next: `class Entry { path: string = ""; hits: u64 = 0; }
class HitsV1 { byPath: Map<string, u32> = new Map(); }
@state class Hits { entries: Array<Entry> = [];
  static from(old: HitsV1): Hits {
    const made = new Hits();
    const keys = old.byPath.keys();
    for (let i = 0; i < keys.length; i++) made.entries.push({ path: keys[i], hits: old.byPath.get(keys[i]) });
    return made;
  } }\nstate<Hits>();`,
    state: {
      entries: [
        { path: "/", hits: 3n },
        { path: "/a", hits: 4n },
      ],
    },
    kind: "migrated",
  },
};

test.each(Object.entries(migrations))("%s", async (_, { old, next, state, kind, files = {} }) => {
  const plugin = await running(old, { names });
  await plugin.call.fill!();
  const { plugin: crossing, way } = await crossed(plugin, await made(next, { names, files }));
  expect(way.kind).toBe(kind);
  expect(await stateOf(crossing)).toEqual(state);
  await crossing.close();
});
