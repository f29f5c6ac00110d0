/** Saves and restores in a module that collects at every allocation, and `@shared` objects from bytes that lie. */
import { beforeAll, describe, expect, test } from "vitest";
import type { RecordShape } from "../../abi/transform/shape.ts";
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
  set,
} from "./guest-plugin.ts";

const author = `
export enum Color { Red, Green }
export class Leaf { text: string = "leaf"; }
export class Deep { next: Deep | null = null; leaf: Leaf = new Leaf(); }
export class Node { id: u32 = 0; next: Node | null = null; leaf: Leaf = new Leaf(); }
export class Other { node: Node | null = null; }
export class Root {
  held: Node = new Node();
  second: Node = new Node();
  texts: Array<string> = [];
  leaves: Map<string, Leaf> = new Map();
  names: Set<string> = new Set();
  raw: Uint8Array = new Uint8Array(0);
  nodes: Array<Node> = [];
  others: Array<Other> = [];
  deep: Deep = new Deep();
  color: Color = Color.Red;
  maybe: Leaf | null = null;
}
`;
const leaf = record("Leaf", { text: plain("string") });
const deep = record("Deep", {});
Object.assign(deep, { fields: fieldsOf({ next: nullable(deep), leaf }) });
const shared = (name: string): RecordShape => ({ ...record(name, {}), shared: true });
const node = shared("Node");
Object.assign(node, { fields: fieldsOf({ id: plain("u32"), next: nullable(node), leaf }) });
const other = shared("Other");
Object.assign(other, { fields: fieldsOf({ node: nullable(node) }) });
const root = record("Root", {
  held: node,
  second: node,
  texts: list(plain("string")),
  leaves: map(plain("string"), leaf),
  names: set(plain("string")),
  raw: bytes("Uint8Array"),
  nodes: list(node),
  others: list(other),
  deep,
  color: oneOf("Color", "Red", "Green"),
  maybe: nullable(leaf),
});

const entry = `
const held = state<Root>().held;
const second = state<Root>().second;
export function grow(n: u32): void {
  const s = state<Root>();
  for (let i: u32 = 0; i < n; i++) {
    s.texts.push("text " + i.toString() + " \\u00fc");
    const leaf = new Leaf(); leaf.text = "l" + i.toString(); s.leaves.set(leaf.text, leaf);
    s.names.add("n" + i.toString());
    const node = new Node(); node.id = i; node.next = held; node.leaf.text = "of " + i.toString();
    held.next = node; s.nodes.push(node); s.nodes.push(held);
    const other = new Other(); other.node = node; s.others.push(other);
  }
  held.id = 77; second.id = 88; second.next = second;
  s.raw = new Uint8Array(n); s.raw.fill(7);
  let at = s.deep;
  for (let i: u32 = 0; i < n; i++) { const next = new Deep(); next.leaf.text = i.toString(); at.next = next; at = next; }
  s.color = Color.Green;
}
export function sum(): f64 {
  __collect();
  const s = state<Root>(); let t: f64 = 0;
  for (let i = 0; i < s.texts.length; i++) t += s.texts[i].charCodeAt(5) + s.nodes[2 * i].id * 3 + s.nodes[2 * i].leaf.text.length;
  const leaves = s.leaves.values(); for (let i = 0; i < leaves.length; i++) t += leaves[i].text.length;
  const names = s.names.values(); for (let i = 0; i < names.length; i++) t += names[i].length;
  for (let i = 0; i < s.raw.length; i++) t += s.raw[i];
  let at: Deep | null = s.deep; while (at) { t += at.leaf.text.length; at = at.next; }
  for (let i = 0; i < s.others.length; i++) t += s.others[i].node == s.nodes[2 * i] ? 1000 : 0;
  for (let i = 0; i < s.nodes.length; i += 2) t += s.nodes[i].next == held && s.nodes[i + 1] == held ? 10000 : 0;
  return t + (held == s.held ? 0.5 : 0) + (second == s.second && second.next == second ? 0.25 : 0) + held.id + second.id * 2;
}
export function twice(): void { state<Root>().maybe = state<Root>().leaves.values()[0]; }
export function twiceInShared(): void { held.leaf = second.leaf; }
export function unassigned(): void { store<usize>(changetype<usize>(state<Root>()), 0, offsetof<Root>("deep")); }
export function badEnum(): void { state<Root>().color = <Color>7; }
export function tooDeep(): void { let at = state<Root>().deep; for (let i = 0; i < 1500; i++) { const next = new Deep(); at.next = next; at = next; } }
export function churn(): void { for (let i = 0; i < 2000; i++) { state<Root>().texts.push(i.toString()); state<Root>().texts.pop(); } __collect(); }
export function idOf(): f64 { return load<u32>(changetype<usize>(state<Root>()) - 8); }
`;

let module: WebAssembly.Module;
let optimized: WebAssembly.Module;
beforeAll(async () => {
  const options = {
    state: { root, migrations: [] },
    author,
    entry,
    names: ["Color", "Leaf", "Deep", "Node", "Other", "Root"],
  };
  const often = ["--use", "ASC_GC_GRANULARITY=1"];
  module = await build({ ...options, flags: ["-O0", ...often] });
  optimized = await build({ ...options, flags: ["-O3", "--converge", ...often] });
});
const modules = (): readonly WebAssembly.Module[] => [module, optimized];

function filled(from: WebAssembly.Module, n = 60): Plugin {
  const plugin = new Plugin(from);
  plugin.exports.grow!(n);
  return plugin;
}
describe("where every allocation collects", () => {
  test("every value and every link is kept by a save and a restore", () => {
    for (const from of modules()) {
      const plugin = filled(from);
      const sum = plugin.exports.sum!();
      const saved = plugin.save();
      // A save leaves nothing behind: the guest goes on as if there had been none.
      plugin.exports.churn!();
      expect([plugin.exports.sum!(), plugin.save()]).toEqual([sum, saved]);
      for (const taken of [saved, filled(from).save()]) {
        expect(taken).toEqual(saved);
        const next = new Plugin(from);
        next.piece = 7;
        next.restore(taken);
        next.exports.churn!();
        expect(next.exports.sum!()).toBe(sum);
        next.restore(taken);
        expect([next.exports.sum!(), next.save()]).toEqual([sum, saved]);
      }
    }
  });

  const MARKED =
    "which would come back as two; mark class Leaf @shared, and it crosses as the one that it is";
  test.each([
    ["twice", `cannot save Root.maybe: it holds the same Leaf as Root.leaves, ${MARKED}`],
    ["twiceInShared", `cannot save Node.leaf: it holds the same Leaf as Node.leaf, ${MARKED}`],
    ["unassigned", "cannot save Root.deep: found nothing; was it ever assigned?"],
    ["badEnum", "cannot save Root.color: the enum has no member of value 7"],
    [
      "tooDeep",
      "cannot save Deep: more than 1000 lie in one another, the last a Deep; mark class Deep @shared, and it crosses as the one that it is",
    ],
  ])("the message of a save that finds %s is right, again and again", (fault, message) => {
    for (const from of modules()) {
      // A save writes into no header, and leaves nothing for the next one.
      const plugin = filled(from, 20);
      const id = plugin.exports.idOf!();
      plugin.exports[fault]!();
      expect(abortOf(() => plugin.save())).toBe(message);
      expect(plugin.exports.idOf!()).toBe(id);
      expect(abortOf(() => plugin.save())).toBe(message);
    }
  });
});

/** A number as Avro writes it. */
function long(value: number): number[] {
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  const out: number[] = [];
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  return [...out, Number(rest)];
}
const text = (value: string) => [...long(value.length), ...Buffer.from(value)];
const heldAt = (...pairs: [string, number][]) => [
  ...long(pairs.length),
  ...pairs.flatMap(([path, n]) => [...text(path), ...long(n)]),
  0,
];
const LEAF = text("");
/** The root's fields, with two numbers, the numbers in `nodes`, and those in `others`. */
const fields = (a: number, b: number, nodes: number[] = [], others: number[] = []) => {
  const items = (all: number[]) => (all.length === 0 ? [0] : [...long(all.length), ...all.flatMap(long), 0]);
  return [...long(a), ...long(b), 0, 0, 0, 0, ...items(nodes), ...items(others), 0, ...LEAF, 0, 0];
};
const nodeOf = (id: number, next?: number) => [
  ...long(0),
  ...long(id),
  ...(next === undefined ? [0] : [2, ...long(next)]),
  ...LEAF,
];
const otherOf = (of?: number) => [...long(1), ...(of === undefined ? [0] : [2, ...long(of)])];
const table = (...objects: number[][]) => [...long(objects.length), ...objects.flat(), 0];
const usual = heldAt(["held", 0], ["second", 1]);

describe("a restore of @shared objects", () => {
  const at = "cannot restore Root.moult_shared: ";
  test.each([
    [
      "a number without an object",
      [...usual, ...fields(0, 9), ...table(nodeOf(1), nodeOf(2))],
      `${at}found a reference to object 9, and there are 2`,
    ],
    [
      "a number below zero",
      [...usual, ...fields(0, -1)],
      "cannot restore Root.second: found -1, wanted the number of an object",
    ],
    [
      "a number beyond all memory",
      [...usual, ...fields(0, 2 ** 30)],
      "cannot restore Root.second: found 1073741824, wanted the number of an object",
    ],
    [
      "a huge number",
      [...usual, ...fields(0, 2 ** 28 - 1), ...table(nodeOf(1), nodeOf(2))],
      `${at}found a reference to object 268435455, and there are 2`,
    ],
    [
      "huge numbers in a list",
      [...usual, ...fields(0, 1, [1e8, 2e8, 1.5e8]), ...table(nodeOf(1), nodeOf(2))],
      `${at}found a reference to object 200000000, and there are 2`,
    ],
    [
      "a huge number in an object",
      [...usual, ...fields(0, 1), ...table(nodeOf(1, 2e8), nodeOf(2))],
      `${at}found a reference to object 200000000, and there are 2`,
    ],
    [
      "a reference to another class",
      [...usual, ...fields(0, 1, [], [1]), ...table(nodeOf(1), nodeOf(2))],
      "cannot restore Root.others: found a reference to object 1, which is of another class",
    ],
    [
      "an object of another class than its references",
      [...usual, ...fields(0, 1), ...table(nodeOf(1), otherOf())],
      `${at}found a reference to object 1, which is of another class`,
    ],
    [
      "a held part of another class",
      [...heldAt(["held", 1], ["second", 0]), ...fields(0, 1), ...table(nodeOf(1), otherOf())],
      `${at}found a reference to object 1, which is of another class`,
    ],
    [
      "a table that is too short",
      [...usual, ...fields(0, 1), ...table(nodeOf(1))],
      `${at}found a reference to object 1, and there are 1`,
    ],
    ["an empty table", [...usual, ...fields(0, 1), 0], `${at}found a reference to object 1, and there are 0`],
    [
      "a table that ends early",
      [...usual, ...fields(0, 1), ...long(2), ...nodeOf(1)],
      `${at}the state ends inside it`,
    ],
    [
      "a table that claims a million",
      [...usual, ...fields(0, 1), ...long(1e6), ...nodeOf(1)],
      `${at}the state ends inside it`,
    ],
    [
      "a class that is not there",
      [...usual, ...fields(0, 1), ...long(1), ...long(2)],
      `${at}found 2, wanted a class below 2`,
    ],
    [
      "held parts that end early",
      [...long(5), ...text("held")],
      "cannot restore Root.moult_held: the state ends inside it",
    ],
    [
      "a held part with a huge number, and no object of it",
      [...heldAt(["held", 2e8], ["second", 1]), ...fields(2e8, 1), ...table(nodeOf(1), nodeOf(2))],
      `${at}found a reference to object 200000000, and there are 2`,
    ],
  ])("ends at %s, and reserves no memory", (_, data, message) => {
    for (const from of modules()) {
      const plugin = filled(from, 5);
      const pages = plugin.exports.memory.buffer.byteLength >> 16;
      expect(abortOf(() => plugin.restore(Uint8Array.from(data)))).toBe(message);
      expect((plugin.exports.memory.buffer.byteLength >> 16) - pages).toBeLessThanOrEqual(32);
    }
  });

  test.each([
    [
      "objects nobody refers to",
      [...usual, ...fields(0, 1), ...table(nodeOf(1), nodeOf(2), nodeOf(3), otherOf(2))],
    ],
    [
      "a held path nobody knows",
      [
        ...heldAt(["elsewhere", 1], ["held", 0], ["a.b", 2e8], ["second", 1]),
        ...fields(0, 1),
        ...table(nodeOf(1), nodeOf(2, 1)),
      ],
    ],
    [
      "a number of two held paths",
      [...heldAt(["held", 0], ["second", 0]), ...fields(0, 1), ...table(nodeOf(1), nodeOf(2))],
    ],
    [
      "one path with two numbers",
      [...heldAt(["held", 0], ["held", 1]), ...fields(0, 1), ...table(nodeOf(1), nodeOf(2))],
    ],
    [
      "paths that have changed places",
      [...heldAt(["held", 1], ["second", 0]), ...fields(0, 1), ...table(nodeOf(1), nodeOf(2))],
    ],
    ["no held paths", [0, ...fields(0, 1), ...table(nodeOf(1), nodeOf(2))]],
  ])("takes %s, and the state is sound", (_, data) => {
    for (const from of modules()) {
      const plugin = filled(from, 5);
      expect(abortOf(() => plugin.restore(Uint8Array.from(data)))).toBe("no abort");
      plugin.exports.churn!();
      const saved = plugin.save();
      const next = new Plugin(from);
      next.restore(saved);
      next.exports.churn!();
      expect(next.save()).toEqual(saved);
    }
  });
});
