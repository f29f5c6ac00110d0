/** Objects of `@shared` classes stay the ones that they are, in whatever shape, by whatever road. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Plugin } from "../../host/mod.ts";
import { load } from "../../host/mod.ts";
import { cleanUp, folder, made, running } from "./author.ts";
import { roads, type Versions } from "./roads.ts";

afterAll(cleanUp);

const CLASSES = `
@shared class Link { value: u32 = 0; next: Link | null = null; previous: Link | null = null; }
class Base { name: string = ""; own: Link = new Link(); }
@shared class Child extends Base { parent: Parent | null = null; tags: Set<string> = new Set(); }
@shared class Parent { children: Array<Child> = []; byName: Map<string, Child> = new Map(); first: Option<Child> = Option.none<Child>(); }
@shared class Box<T> { item: T; others: Array<Box<T>> = []; constructor(item: T) { this.item = item; } }
class Plain { link: Link | null = null; option: Option<Link> = Option.none<Link>(); }
`;
const FIELDS = `
  head: Link | null = null; tail: Link | null = null; ring: Link = new Link();
  keys: Map<Link, string> = new Map(); set: Set<Link> = new Set(); values: Map<u32, Link> = new Map();
  parents: Array<Parent> = []; boxes: Array<Box<u32>> = []; texts: Array<Box<string>> = []; plain: Plain = new Plain(); lists: Array<Array<Link>> = [];
`;
const BODY = `
const s = state<S>();
const ring = s.ring;
export function build(n: u32): void {
  for (let i: u32 = 0; i < n; i++) {
    const link = new Link(); link.value = i; link.previous = s.tail;
    if (s.tail) s.tail!.next = link; else s.head = link;
    s.tail = link;
  }
  ring.next = ring; ring.previous = s.head;
  s.keys.set(ring, "ring"); s.keys.set(s.head!, "head"); s.set.add(ring); s.set.add(s.tail!); s.values.set(1, ring);
  s.plain.link = ring; s.plain.option = Option.some<Link>(ring); s.lists.push([ring, s.head!]); s.lists.push([ring]);
  for (let i = 0; i < 3; i++) {
    const parent = new Parent();
    const child = new Child(); child.parent = parent; child.name = "c" + i.toString(); child.own = ring; child.tags.add(child.name);
    parent.children.push(child); parent.children.push(child); parent.byName.set(child.name, child); parent.first = Option.some<Child>(child);
    if (i > 0) { s.parents[0].children.push(child); }
    s.parents.push(parent);
  }
  const one = new Box<u32>(5); const two = new Box<u32>(6); one.others.push(two); two.others.push(one); two.others.push(two); s.boxes.push(one); s.boxes.push(one);
  const text = new Box<string>("a"); text.others.push(text); s.texts.push(text);
}
/** Each is changed by one way and read by the others. */
export function look(): string {
  __collect();
  ring.value += 100; s.head!.value += 7;
  let sum: u64 = 0; let back: u64 = 0;
  for (let at: Link | null = s.head; at; at = at!.next) sum += at!.value;
  for (let at: Link | null = s.tail; at; at = at!.previous) back += at!.value;
  const child = s.parents[1].first.value; child.name += "!"; child.tags.add("new");
  s.boxes[0].item++; s.texts[0].item += "b";
  return [sum.toString(), back.toString(), s.ring.next!.next!.value.toString(), ring.previous!.value.toString(), s.keys.get(ring), s.keys.get(s.head!), s.keys.size.toString(),
    s.set.has(s.ring).toString(), s.set.has(s.tail!).toString(), s.values.get(1).value.toString(), s.plain.link!.value.toString(), s.plain.option.value.value.toString(),
    s.lists[0][0].value.toString(), s.lists[1][0].value.toString(), s.lists[0][1].value.toString(),
    s.parents[0].children[2].name, s.parents[1].children[0].name, s.parents[1].byName.get("c1").name, s.parents[1].byName.get("c1").tags.size.toString(),
    s.parents[0].children[2].parent!.children.length.toString(), (child.parent! == s.parents[1]).toString(), child.own.value.toString(),
    s.boxes[1].item.toString(), s.boxes[1].others[0].others[0].item.toString(), s.boxes[0].others[0].others[1].item.toString(), s.texts[0].others[0].others[0].item].join(" ");
}
export function trap(): void { s.head = null; ring.value = 1; unreachable(); }
`;

let versions: Versions;
beforeAll(async () => {
  const names = { names: "state, Option" };
  const first = await made(`${CLASSES}@state class S {${FIELDS}}${BODY}`, names);
  const wider = await made(
    `${CLASSES}@state class S { more: Array<Link> = []; ${FIELDS} text: string = "new"; }${BODY}`,
    names,
  );
  const step = "head tail ring keys set values parents boxes texts plain lists"
    .split(" ")
    .map((one) => `made.${one} = old.${one};`)
    .join(" ");
  const stepped = await made(
    `${CLASSES}class V1 {${FIELDS}}
@state class S {${FIELDS} text: string = ""; static from(old: V1): S { const made = new S(); ${step} return made; } }${BODY}`,
    names,
  );
  versions = { first: first.wasm, wider: wider.wasm, stepped: stepped.wasm };
});

type Calls = { build(n: number): Promise<void>; look(): Promise<string> };
const calls = (plugin: Plugin) => plugin.call as unknown as Calls;
const fill = (n: number) => (plugin: Plugin) => calls(plugin).build(n);

describe("lists, rings, trees with parents, keys, elements and boxes keep their identity through", () => {
  test.each(roads.map((road) => [road.name, road] as const))("%s", async (_, road) => {
    await using still = await load(versions.first);
    await fill(50)(still);
    await using plugin = await road.go(versions, fill(50), folder);
    for (let n = 0; n < 2; n++) expect(await calls(plugin).look()).toBe(await calls(still).look());
    await plugin.swap(road.name.includes("step") ? versions.stepped : versions.wider);
    expect(await calls(plugin).look()).toBe(await calls(still).look());
  });
});

test.each(roads.map((road) => [road.name, road] as const))(
  "a doubly linked list of a million crosses by %s",
  async (_, road) => {
    await using still = await load(versions.first);
    await fill(1_000_000)(still);
    await using plugin = await road.go(versions, fill(1_000_000), folder);
    expect(await calls(plugin).look()).toBe(await calls(still).look());
  },
  120_000,
);

test("a mirror of @shared objects answers alike", async () => {
  await using plugin = await load(versions.first);
  await fill(20)(plugin);
  for (const next of Object.values(versions)) {
    const mirror = await plugin.mirror(next);
    await calls(plugin).look();
    expect(await mirror.report()).toMatchObject({ compared: 1, differing: 0 });
    mirror.close();
  }
});

describe("a class becomes @shared", () => {
  const text = (mark: string, more = "") => `${more}${mark}class Node { n: u32 = 0; list: Array<Leaf> = []; }
class Leaf { n: u32 = 0; }
@state class S { a: Node = new Node(); all: Array<Node> = []; maybe: Node | null = null; }
const s = state<S>();
const a = s.a;
export function build(n: u32): void { a.n = n; s.all.push(new Node()); s.all[0].n = n + 1; s.maybe = new Node(); a.list.push(new Leaf()); a.list[0].n = 9; }
export function look(): string { return [a.n, s.a.n, s.all[0].n, s.maybe!.n, a.list[0].n].join(" "); }`;

  test("and older state is refused, or crosses as it was", async () => {
    const older = await running(text(""));
    await calls(older).build(3);
    const next = await made(text("@shared "));
    const outcome = await older.swap(next.wasm).then(
      () => "swapped",
      ({ code }) => code,
    );
    expect(["swapped", "incompatible-state"]).toContain(outcome);
    expect(await calls(older).look()).toBe("3 3 4 0 9");
    await older.close();
    console.log(outcome);
  });
});
