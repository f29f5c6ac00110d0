/** A plugin that holds parts of its state in every way that there is, in three versions. */
const CLASSES = `
export class Money { cents: i64 = 0; }
export class Base { tag: string = ""; inside: Money = new Money(); list: Array<u32> = []; }
export class Derived extends Base { own: Map<string, Money> = new Map(); }
export class Box<T> { items: Array<T> = []; more: Map<u32, T> = new Map(); }
export class Deep { box: Box<Money> = new Box<Money>(); numbers: Box<u32> = new Box<u32>(); }
@shared export class Node { value: u32 = 0; next: Node | null = null; twin: Node | null = null; money: Money = new Money(); }
export class Graph { ring: Node = new Node(); all: Array<Node> = []; }
`;

/** In a file of its own: it holds parts too. */
export function elsewhere(extra: string, step: string): string {
  return `import { state } from "moult/guest";
${CLASSES}
${step === "" ? "" : OLDER}
@state export class Held {
  count: u32 = 0;
  part: Money = new Money();
  derived: Derived = new Derived();
  deep: Deep = new Deep();
  map: Map<string, u32> = new Map();
  set: Set<string> = new Set();
  list: Array<string> = [];
  byId: Map<u32, Money> = new Map();
  root: Node = new Node();
  graph: Graph = new Graph();
  ${extra}
  ${step}
}
export const there = state<Held>().map;
export const held = state<Held>();
`;
}

/** The same fields, as a step finds them. */
const OLDER = `
class HeldV1 {
  count: u32 = 0;
  part: Money = new Money();
  derived: Derived = new Derived();
  deep: Deep = new Deep();
  map: Map<string, u32> = new Map();
  set: Set<string> = new Set();
  list: Array<string> = [];
  byId: Map<u32, Money> = new Map();
  root: Node = new Node();
  graph: Graph = new Graph();
}`;

export const STEP = `static from(old: HeldV1): Held {
    const made = new Held();
    made.count = old.count; made.part = old.part; made.derived = old.derived; made.deep = old.deep; made.map = old.map;
    made.set = old.set; made.list = old.list; made.byId = old.byId; made.root = old.root; made.graph = old.graph;
    made.extra = old.count * 10;
    return made;
  }`;

/** The entry: `put` writes through what is held, `look` reads through it, and `real` through the state. */
export function entry(file: string, more = ""): string {
  return `import { state, log } from "moult/guest";
import { there, held, Held, Money, Derived, Node } from "./${file}";
const part = state<Held>().part;
let never = held.derived;
const inherited = never.inside;
const base = (held.derived!).list;
const own = (<Derived>held.derived).own;
const box = held.deep.box;
const boxed = box.items;
const numbers = held.deep.numbers.more;
class Keeper {
  static map: Map<string, u32> = held.map;
  static readonly set: Set<string> = there.size >= 0 ? held.set : held.set;
  list: Array<string> = held.list;
  constructor(public byId: Map<u32, Money>) {}
}
@transient const keeper = new Keeper(held.byId);
@transient const table = [held.list, held.list];
const root = held.root;
const ring = held.graph.ring;
const all = held.graph.all;

export function put(n: u32): void {
  held.count++;
  part.cents += n;
  never.tag += n.toString();
  inherited.cents += n;
  base.push(n);
  const one = new Money();
  one.cents = n;
  own.set(n.toString(), one);
  const two = new Money();
  two.cents = n;
  boxed.push(two);
  numbers.set(n, n);
  there.set(n.toString(), n);
  Keeper.map.set("k" + n.toString(), n);
  Keeper.set.add(n.toString());
  keeper.list.push(n.toString());
  table[1].push("t" + n.toString());
  const three = new Money();
  three.cents = n;
  keeper.byId.set(n, three);
  const node = new Node();
  node.value = n;
  node.next = root.next;
  node.twin = ring;
  root.next = node;
  root.value += n;
  root.money.cents += n;
  ring.twin = root;
  ring.next = ring;
  ring.value += n;
  all.push(node);
  all.push(ring);
}
function shown(s: Map<string, u32>): string { return s.keys().join(" ") + "=" + s.values().join(" "); }
function cents(s: Array<Money>): string { let t = ""; for (let i = 0; i < s.length; i++) t += s[i].cents.toString() + " "; return t; }
function nodes(at: Node | null): string { let t = ""; while (at) { t += at.value.toString() + ">"; at = at.next; } return t; }
export function look(): string {
  return [held.count.toString(), part.cents.toString(), never.tag, inherited.cents.toString(), base.join(" "), cents(own.values()),
    cents(boxed), numbers.values().join(" "), shown(there), shown(Keeper.map), Keeper.set.values().join(" "), keeper.list.join(" "),
    table[1].join(" "), cents(keeper.byId.values()), nodes(root), root.money.cents.toString(), ring.value.toString(),
    (ring.twin == root).toString(), (ring.next == ring).toString(), all.length.toString(), 
    (all.length == 0 || all[1] == ring).toString(), (all.length == 0 || all[0].twin == ring).toString()].join(";");
}
export function real(): string {
  const s = state<Held>();
  return [s.count.toString(), s.part.cents.toString(), s.derived.tag, s.derived.inside.cents.toString(), s.derived.list.join(" "), cents(s.derived.own.values()),
    cents(s.deep.box.items), s.deep.numbers.more.values().join(" "), shown(s.map), shown(s.map), s.set.values().join(" "), s.list.join(" "),
    s.list.join(" "), cents(s.byId.values()), nodes(s.root), s.root.money.cents.toString(), s.graph.ring.value.toString(),
    (s.graph.ring.twin == s.root).toString(), (s.graph.ring.next == s.graph.ring).toString(), s.graph.all.length.toString(),
    (s.graph.all.length == 0 || s.graph.all[1] == s.graph.ring).toString(), (s.graph.all.length == 0 || s.graph.all[0].twin == s.graph.ring).toString()].join(";");
}
export function collect(): void { __collect(); }
export function trap(): void { part.cents = -1; there.set("trapped", 1); unreachable(); }
${more}
`;
}
