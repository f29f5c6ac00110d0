/** The guest's own code for objects that have an identity: what bytes may not say, and collections at any time. */
import { beforeAll, describe, expect, test } from "vitest";
import type { RecordShape } from "../../abi/transform/shape.ts";
import { abortOf, build, fieldsOf, list, map, nullable, Plugin, plain, record } from "./guest-plugin.ts";

const author = `
export class Node { value: u32 = 0; next: Node | null = null; peers: Array<Node> = []; leaf: Leaf | null = null; }
export class Leaf { text: string = ""; owner: Node | null = null; }
export class Box { names: Array<string> = []; node: Node = new Node(); }
export class Root { list: Array<Node> = []; byName: Map<string, Node> = new Map(); first: Node = new Node(); box: Box = new Box(); }
`;
const shared = (name: string): RecordShape => ({ ...record(name, {}), shared: true });
const [node, leaf] = [shared("Node"), shared("Leaf")];
Object.assign(node, {
  fields: fieldsOf({
    value: plain("u32"),
    next: nullable(node),
    peers: list(node),
    leaf: nullable(leaf),
  }),
});
Object.assign(leaf, { fields: fieldsOf({ text: plain("string"), owner: nullable(node) }) });
const box = record("Box", { names: list(plain("string")), node });
const root = record("Root", { list: list(node), byName: map(plain("string"), node), first: node, box });

const entry = `
const first = state<Root>().first;
const box = state<Root>().box;
export function grow(n: i32): void {
  const r = state<Root>();
  let before = first;
  for (let i = 0; i < n; i++) {
    const node = new Node();
    node.value = i + 1;
    node.next = before;
    before.next = node;
    node.peers.push(before);
    const leaf = new Leaf();
    leaf.text = "leaf " + i.toString();
    leaf.owner = node;
    node.leaf = leaf;
    if (i % 3 == 0) r.list.push(node);
    if (i % 5 == 0) r.byName.set(i.toString(), node);
    box.names.push("n" + i.toString());
    before = node;
  }
}
export function sum(): u32 {
  const r = state<Root>();
  let sum: u32 = 0;
  for (let i = 0; i < r.list.length; i++) {
    const node = r.list[i];
    if (node.leaf!.owner !== node) return -1;
    if (node.next && node.next!.next !== node && node.peers[0].next !== node) return -2;
    sum = sum * 31 + node.value + node.leaf!.text.length;
  }
  if (r.first !== first || r.box !== box) return -3;
  const names = r.byName.keys();
  for (let i = 0; i < names.length; i++) sum = sum * 31 + r.byName.get(names[i]).value;
  return sum + box.names.length;
}
export function joined(): bool { const r = state<Root>(); return r.first.next !== null && r.first.next === r.box.node.next; }
export function twice(): void { const r = state<Root>(); r.box.names = ["a"]; other.names = r.box.names; }
const other = new Box();
export function unset(): void { changetype<Array<Node | null>>(state<Root>().list).push(null); }
export function alias(): void { const r = state<Root>(); r.first.peers = r.list; }
`;
const names = ["Node", "Leaf", "Box", "Root"];
const made = (flags: readonly string[]) =>
  build({ state: { root, migrations: [] }, author, entry, names, flags });

describe.each([
  ["-O0", ["-O0"]],
  ["-O3", ["-O3"]],
  ["-O1, with a collector that steps at every allocation", ["-O1", "--use", "ASC_GC_GRANULARITY=1"]],
] as const)("a guest built with %s", (_, flags) => {
  let module: WebAssembly.Module;
  beforeAll(async () => {
    module = await made(flags);
  });

  test.each([0, 1, 7, 2000])(
    "brings %i objects and their leaves back as the ones that they were",
    (count) => {
      const plugin = new Plugin(module);
      plugin.exports.grow!(count);
      const saved = Buffer.from(plugin.save());
      const other = new Plugin(module);
      for (let round = 0; round < 3; round++) {
        other.restore(saved);
        expect(other.exports.sum!()).toBe(plugin.exports.sum!());
        expect(Buffer.from(other.save()).equals(saved)).toBe(true);
      }
      // The one that was saved goes on.
      plugin.exports.grow!(3);
      expect(plugin.exports.sum!()).not.toBe(other.exports.sum!());
    },
  );

  test("reads it in pieces of any size, and ends at a write that is refused", () => {
    const plugin = new Plugin(module);
    plugin.exports.grow!(300);
    const saved = plugin.save();
    for (const piece of [1, 2, 3, 1000]) {
      const other = new Plugin(module);
      other.piece = piece;
      other.restore(saved);
      expect(other.exports.sum!()).toBe(plugin.exports.sum!());
    }
    plugin.exports.grow!(20_000);
    plugin.stopAt = 2;
    expect(() => plugin.save()).toThrow("stopped");
    plugin.stopAt = Number.POSITIVE_INFINITY;
    expect(plugin.save().length).toBeGreaterThan(65_536);
  });

  test("says what is wrong with a state in its own words, at any time", () => {
    for (const count of [0, 100, 3000]) {
      const unset = new Plugin(module);
      unset.exports.grow!(count);
      unset.exports.unset!();
      expect(abortOf(() => unset.save())).toBe("cannot save Root.list: found nothing; was it ever assigned?");
      const alias = new Plugin(module);
      alias.exports.grow!(count);
      alias.exports.alias!();
      expect(abortOf(() => alias.save())).toBe(
        "cannot save Node.peers: it holds the same Array<Node> as Root.list, which would come back as two; " +
          "let a class that is marked @shared hold it, and it crosses as the one that it is",
      );
    }
  });
});

/** Numbers as Avro writes them, and texts. */
function bytes(...items: readonly (number | string)[]): Uint8Array {
  return Uint8Array.from(
    items.flatMap((item) => {
      if (typeof item === "string") return [item.length << 1, ...Buffer.from(item)];
      const out: number[] = [];
      let rest = BigInt.asUintN(64, (BigInt(item) << 1n) ^ (BigInt(item) >> 63n));
      for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
      return [...out, Number(rest)];
    }),
  );
}

describe("bytes that no save writes", () => {
  let module: WebAssembly.Module;
  beforeAll(async () => {
    module = await made(["-O1"]);
  });
  // Held parts; list, byName, first, box (names, node); the table: of each object its class and its fields.
  const held = [2, "first", 0, "box.node", 1, 0];
  const fields = [0, 0, 0, 0, 1];
  const object = (value: number, ...more: number[]) => [0, value, ...(more.length ? more : [0]), 0, 0];
  const table = [2, ...object(5), ...object(6), 0];
  const restored = (...items: readonly (number | string)[]) => {
    const plugin = new Plugin(module);
    const before = plugin.exports.memory.buffer.byteLength;
    const said = abortOf(() => plugin.restore(bytes(...items)));
    expect(plugin.exports.memory.buffer.byteLength - before).toBeLessThanOrEqual(4 << 16);
    return said;
  };

  test("are measured against those that it does", () => {
    expect(restored(...held, ...fields, ...table)).toBe("no abort");
  });

  test.each([
    ["below zero", -1, "found -1, wanted the number of an object"],
    ["beyond any memory", 2 ** 30, "found 1073741824, wanted the number of an object"],
    ["wider than a number", 2 ** 40, "found 1099511627776, wanted i32"],
  ])("a number %s", (_, number, message) => {
    expect(restored(...held, 0, 0, number, 0, 1, ...table)).toBe(`cannot restore Root.first: ${message}`);
  });

  test("a number that the table does not reach, far or near", () => {
    for (const number of [2, 1000, 5000, 2 ** 27]) {
      expect(restored(...held, 0, 0, number, 0, 1, ...table)).toBe(
        `cannot restore Root.moult_shared: found a reference to object ${number}, and there are 2`,
      );
    }
  });

  test("a number of an object of another class", () => {
    const leafFirst = [2, 1, "text", 0, ...object(6), 0];
    expect(restored(...held, ...fields, ...leafFirst)).toBe(
      "cannot restore Root.moult_shared: found a reference to object 0, which is of another class",
    );
    const owned = [2, 0, 5, 0, 0, 1, 1, ...object(6), 0];
    expect(restored(...held, ...fields, ...owned)).toBe(
      "cannot restore Node.leaf: found a reference to object 1, which is of another class",
    );
  });

  test("a class that there is not, a table that ends early, bytes behind it", () => {
    expect(restored(...held, ...fields, 1, 7)).toBe(
      "cannot restore Root.moult_shared: found 7, wanted a class below 2",
    );
    expect(restored(...held, ...fields, 2, ...object(5))).toBe(
      "cannot restore Root.moult_shared: the state ends inside it",
    );
    expect(restored(...held, ...fields, ...table, 0)).toBe(
      "cannot restore Root: bytes follow the end of the state",
    );
  });

  test("an object whose number is far beyond what has arrived is that one for ever", () => {
    // Two objects lead to number 5000, the first at once, the last when the table is long past it.
    const [many, far] = [6000, 5000];
    const objects = Array.from({ length: many }, (_, i) =>
      i === 0 || i === many - 1 ? [0, i, 1, far, 0, 0] : object(i),
    );
    const plugin = new Plugin(module);
    plugin.restore(
      bytes(...held.slice(0, -2), many - 1, 0, 0, 0, 0, 0, many - 1, many, ...objects.flat(), 0),
    );
    expect(plugin.exports.joined!()).toBe(1);
    const early = new Plugin(module);
    early.restore(bytes(0, 1, far, 0, 0, 0, 0, many - 1, many, ...objects.flat(), 0));
    expect(early.exports.joined!()).toBe(1);
  });

  test("paths that nobody knows, numbers that two paths have, and objects to which nothing leads, do no harm", () => {
    const strange = [3, "first", 0, "first.next.next", 1, "nothing", 900, 0];
    expect(restored(...strange, ...fields, ...table)).toBe("no abort");
    expect(restored(2, "first", 0, "box.node", 0, 0, ...fields, ...table)).toBe("no abort");
    expect(restored(...held, ...fields, 4, ...object(5), ...object(6), 1, "a", 0, ...object(7), 0)).toBe(
      "no abort",
    );
  });
});
