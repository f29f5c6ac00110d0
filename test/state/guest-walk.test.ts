import { beforeAll, describe, expect, test } from "vitest";
import { oracleOf } from "./avro-oracle.ts";
import {
  abortOf,
  build,
  bytes,
  fieldsOf,
  list,
  map,
  nullable,
  oneOf,
  Plugin,
  plain,
  record,
} from "./guest-plugin.ts";

const author = `
export enum Color { Red, Green }
export class Node { id: u32 = 0; next: Node | null = null; kids: Array<Node> = []; }
export class Tree { kids: Map<string, Tree> = new Map(); }
export class Held { name!: string; }
export class Totals {
  text: string = "";
  raw: Uint8Array = new Uint8Array(0);
  list: Array<u32> = [];
  chain: Node = new Node();
  tree: Tree = new Tree();
  color: Color = Color.Red;
  names: Array<string> = [];
  held: Array<Held> = [];
}
`;
const node = record("Node", {});
Object.assign(node, { fields: fieldsOf({ id: plain("u32"), next: nullable(node), kids: list(node) }) });
const tree = record("Tree", {});
Object.assign(tree, { fields: fieldsOf({ kids: map(plain("string"), tree) }) });
const totals = record("Totals", {
  text: plain("string"),
  raw: bytes("Uint8Array"),
  list: list(plain("u32")),
  chain: node,
  tree,
  color: oneOf("Color", "Red", "Green"),
  names: list(plain("string")),
  held: list(record("Held", { name: plain("string") })),
});

/** What a test does to the state from outside. */
const entry = `
export function repeat(count: i32, a: i32, b: i32, first: i32): void {
  const units = new Array<i32>();
  if (first) units.push(first);
  for (let i = 0; i < count; i++) {
    units.push(a);
    if (b) units.push(b);
  }
  state<Totals>().text = String.fromCharCodes(units);
}
export function unitAt(index: i32): i32 { return state<Totals>().text.charCodeAt(index); }
export function units(): i32 { return state<Totals>().text.length; }
export function count(n: i32): void { for (let i = 0; i < n; i++) state<Totals>().list.push(i * i); }
export function bytes(n: i32): void { state<Totals>().raw = new Uint8Array(n).fill(7); }
export function chain(n: i32): void {
  let node = state<Totals>().chain;
  for (let i = 1; i < n; i++) {
    const next = new Node();
    next.id = i;
    node.next = next;
    node = next;
  }
}
export function branch(n: i32): void {
  let tree = state<Totals>().tree;
  for (let i = 1; i < n; i++) {
    const next = new Tree();
    tree.kids.set("k", next);
    tree = next;
  }
}
export function loop(): void { const t = state<Totals>(); t.chain.kids.push(t.chain); }
export function share(): void {
  const kids = state<Totals>().chain.kids;
  kids.push(new Node());
  kids.push(kids[0]);
}
export function shared(): bool { const k = state<Totals>().chain.kids; return k[0] === k[1]; }
export function badColor(): void { state<Totals>().color = <Color>5; }
export function hole(): void { state<Totals>().names = new Array<string>(2); }
export function unset(): void { state<Totals>().held.push(new Held()); }
export function heapUse(): usize { __collect(); return memory.size(); }
export function text(): usize { return changetype<usize>(state<Totals>()); }
const first = state<Totals>();
export function same(): bool { return first === state<Totals>(); }
export function firstList(): i32 { return first.list.length; }
`;

describe.each([["-O0"], ["-O3"]])("a guest built with %s", (flag) => {
  let module: WebAssembly.Module;
  const type = oracleOf(totals);
  beforeAll(async () => {
    module = await build({
      state: { root: totals, migrations: [] },
      author,
      entry,
      names: ["Color", "Node", "Tree", "Held", "Totals"],
      flags: [flag],
    });
  });

  function plugin(call: string, ...args: number[]): Plugin {
    const made = new Plugin(module);
    made.exports[call]?.(...args);
    return made;
  }
  const decoded = (saved: Uint8Array) => type.fromBuffer(Buffer.from(saved)) as Record<string, unknown>;

  test("writes chunks of at most 64 KiB, and grows no memory but for the chunk", () => {
    const made = plugin("count", 500_000);
    const pages = made.exports.memory.buffer.byteLength >> 16;
    const saved = made.save();
    expect(saved.length).toBeGreaterThan(2_000_000);
    expect(Math.max(...made.writes.map((part) => part.length))).toBeLessThanOrEqual(65_536);
    made.save();
    made.save();
    expect((made.exports.memory.buffer.byteLength >> 16) - pages).toBeLessThanOrEqual(4);
  });

  test("ends early when the host wants no more, and can save again", () => {
    const made = plugin("count", 500_000);
    const all = made.save();
    made.stopAt = 2;
    expect(() => made.save()).toThrow("stopped");
    expect(made.writes.length).toBe(2);
    made.stopAt = Number.POSITIVE_INFINITY;
    expect(Buffer.from(made.save()).equals(Buffer.from(all))).toBe(true);
  });

  test("says that it was stopped when the last chunk was one too many", () => {
    const made = plugin("count", 1);
    made.stopAt = 1;
    expect(() => made.save()).toThrow("stopped");
  });

  const sizes = [
    0, 1, 3, 4, 5, 21_840, 21_845, 16_383, 16_384, 16_385, 32_768, 65_535, 65_536, 65_537, 200_000,
  ];
  test.each([
    ["ASCII", 0x61, 0],
    ["two bytes a letter", 0xe9, 0],
    ["three bytes a letter", 0x2603, 0],
    ["pairs", 0xd83c, 0xdca1],
  ])("saves and restores texts of any length: %s", (_, a, b) => {
    for (const size of sizes) {
      for (const first of [0, 0x62]) {
        const made = plugin("repeat", size, a, b, first);
        const text =
          String.fromCharCode(...(first ? [first] : [])) +
          String.fromCharCode(a, ...(b ? [b] : [])).repeat(size);
        const saved = made.save();
        expect(decoded(saved).text === text).toBe(true);
        const other = new Plugin(module);
        other.piece = 10_007;
        other.restore(saved);
        expect(Buffer.from(other.save()).equals(Buffer.from(saved))).toBe(true);
      }
    }
  });

  test.each([
    ["a high one", 0xd83c, 0],
    ["a low one", 0xdca1, 0],
    ["a pair in the wrong order", 0xdca1, 0xd83c],
  ])("keeps lone surrogates: %s", (_, a, b) => {
    for (const size of [1, 20_000]) {
      const made = plugin("repeat", size, a, b, 0x61);
      const other = new Plugin(module);
      other.restore(made.save());
      expect(other.exports.units?.()).toBe(made.exports.units?.());
      for (const index of [0, 1, 2, size - 1, size]) {
        expect(other.exports.unitAt?.(index)).toBe(made.exports.unitAt?.(index));
      }
      expect(Buffer.from(other.save()).equals(Buffer.from(made.save()))).toBe(true);
    }
  });

  test("saves and restores many texts that fill chunks to the brim", () => {
    const value = decoded(new Plugin(module).save());
    for (const letter of ["a", "\u{e9}", "\u{2603}", "\u{1f0a1}"]) {
      const names = Array.from({ length: 60 }, (_, n) => letter.repeat((n * 5471) % 16_500));
      const bytes = type.toBuffer({ ...value, names });
      const made = new Plugin(module);
      made.restore(bytes);
      expect(Buffer.from(made.save()).equals(bytes)).toBe(true);
      expect(Math.max(...made.writes.map((part) => part.length))).toBeLessThanOrEqual(65_536);
    }
  });

  test("saves and restores bytes of any length", () => {
    for (const size of [0, 65_535, 65_536, (1 << 20) + 1, 5_000_000]) {
      const saved = plugin("bytes", size).save();
      expect((decoded(saved).raw as Buffer).equals(Buffer.alloc(size, 7))).toBe(true);
      const other = new Plugin(module);
      other.restore(saved);
      expect(Buffer.from(other.save()).equals(Buffer.from(saved))).toBe(true);
    }
  });

  test("fills the object that a constant at the top already holds", () => {
    const saved = plugin("count", 3).save();
    const other = new Plugin(module);
    const before = other.exports.text?.();
    other.restore(saved);
    expect(other.exports.text?.()).toBe(before);
    expect(other.exports.same?.()).toBe(1);
    expect(other.exports.firstList?.()).toBe(3);
  });

  test("refuses an object that two ways lead to, and names both of them", () => {
    const same = "it holds the same Node as Node.kids, which would come back as two";
    expect(abortOf(() => plugin("share").save())).toBe(
      `cannot save Node.kids: ${same}; mark class Node @shared, and it crosses as the one that it is`,
    );
  });

  const deep = (kind: string) =>
    `more than 1000 lie in one another, the last a ${kind}; mark class ${kind} @shared, and it crosses as the one that it is`;
  test("saves and restores trees down to the bound, and no deeper", () => {
    for (const [call, depth, place] of [
      ["chain", 999, "Node"],
      ["branch", 500, "Tree"],
    ] as const) {
      const saved = plugin(call, depth).save();
      const other = new Plugin(module);
      other.restore(saved);
      expect(Buffer.from(other.save()).equals(Buffer.from(saved))).toBe(true);
      expect(abortOf(() => plugin(call, depth + 2).save())).toBe(`cannot save ${place}: ${deep(place)}`);
    }
  });

  test("refuses to restore what is deeper than it would save", () => {
    const bottom: Record<string, unknown> = { id: 0n, next: null, kids: [] };
    let chain = bottom;
    for (let level = 0; level < 1100; level++) chain = { id: 1n, next: chain, kids: [] };
    const value = { ...decoded(new Plugin(module).save()), chain };
    expect(abortOf(() => new Plugin(module).restore(type.toBuffer(value)))).toBe(
      `cannot restore Node: ${deep("Node")}`,
    );
  });

  test("ends a save that meets a cycle, and names the class", () => {
    expect(abortOf(() => plugin("loop").save())).toBe(
      "cannot save Node.kids: it holds the same Node as Totals.chain, which would come back as two; mark class Node @shared, and it crosses as the one that it is",
    );
  });

  test("ends a save that meets what no version could restore", () => {
    expect(abortOf(() => plugin("badColor").save())).toBe(
      "cannot save Totals.color: the enum has no member of value 5",
    );
    const nothing = "found nothing; was it ever assigned?";
    expect(abortOf(() => plugin("hole").save())).toBe(`cannot save Totals.names: ${nothing}`);
    expect(abortOf(() => plugin("unset").save())).toBe(`cannot save Held.name: ${nothing}`);
  });

  test("keeps its memory flat over many restores", () => {
    const saved = plugin("count", 100_000).save();
    const made = new Plugin(module);
    for (let round = 0; round < 20; round++) made.restore(saved);
    const pages = made.exports.heapUse?.() as number;
    for (let round = 0; round < 40; round++) made.restore(saved);
    expect(made.exports.heapUse?.()).toBeLessThanOrEqual(pages + 8);
  });
});
