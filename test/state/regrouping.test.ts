/** A class comes to be `@shared`, or ceases to be: its objects move into the table of the state, or out of it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decode, parseSchema, passage } from "../../abi/tools.ts";
import { examine, load, type Plugin } from "../../host/mod.ts";
import { build } from "../kept/build.ts";

const folder = mkdtempSync(join(tmpdir(), "moult-regrouping-"));
afterAll(() => rmSync(folder, { recursive: true }));

const source = (order: string, node: string) => `import { state } from "moult/guest";
class Tag { text: string = ""; }
${order}class Order { id: u32 = 0; tag: Tag = new Tag(); parts: Array<Order> = []; }
${node}class Node { value: u32 = 0; next: Node | null = null; order: Order = new Order(); }
@state class Book {
  byId: Map<u32, Order> = new Map();
  head: Node | null = null;
  names: Map<string, Order | null> = new Map();
  also: Array<Order> = [];
  last: u32 = 7;
}
const book = state<Book>();
export function put(k: u32): void {
  const order = new Order(); order.id = k; order.tag.text = "t" + k.toString();
  const part = new Order(); part.id = k + 100; order.parts.push(part);
  book.byId.set(k, order);
  const named = new Order(); named.id = k + 200;
  book.names.set(k.toString(), k % 2 ? named : null);
  const node = new Node(); node.value = k; node.order.id = k + 1000; node.next = book.head; book.head = node;
}
export function alias(k: u32): void { book.also.push(book.byId.get(k)); }
export function ring(): void { book.head!.next = book.head; }
export function rename(k: u32): void { book.byId.get(k).tag.text = "renamed"; }
export function look(): string {
  let t = "";
  const ids = book.byId.keys();
  for (let i = 0; i < ids.length; i++) { const o = book.byId.get(ids[i]); t += o.id.toString() + o.tag.text + o.parts[0].id.toString() + " "; }
  const names = book.names.keys();
  for (let i = 0; i < names.length; i++) { const o = book.names.get(names[i]); t += names[i] + (o ? o.id.toString() : "-") + " "; }
  let node = book.head;
  for (let i = 0; node && i < 20; i++) { t += node.value.toString() + "/" + node.order.id.toString() + ","; node = node.next; }
  for (let i = 0; i < book.also.length; i++) t += book.also[i].tag.text;
  return t + book.last.toString();
}
`;
type Book = { [name in "put" | "alias" | "rename"]: (k: number) => Promise<void> } & {
  ring(): Promise<void>;
  look(): Promise<string>;
};
const call = (plugin: Plugin) => plugin.call as unknown as Book;

const kinds = ["neither", "orders", "nodes", "both"] as const;
const modules = {} as Record<(typeof kinds)[number], Uint8Array>;
beforeAll(async () => {
  for (const kind of kinds) {
    const mark = (of: string) => (kind === of || kind === "both" ? "@shared " : "");
    const entry = join(folder, `${kind}.ts`);
    writeFileSync(entry, source(mark("orders"), mark("nodes")));
    modules[kind] = (await build(entry, { optimize: "debug", sourceMap: false, name: "book" })).wasm;
  }
});

async function filled(kind: (typeof kinds)[number]): Promise<Plugin> {
  const plugin = await load(modules[kind]);
  for (let k = 0; k < 5; k++) await call(plugin).put(k);
  return plugin;
}

describe.each(kinds)("a state with %s in its table", (from) => {
  test.each(kinds)("becomes one with %s there, and comes back as it was", async (to) => {
    await using plugin = await filled(from);
    const [was, file] = [await call(plugin).look(), await plugin.snapshot()];
    const { steps } = await plugin.swap(modules[to]);
    expect(steps).toEqual(from === to ? ["Book"] : ["Book", "Book"]);
    expect(await call(plugin).look()).toBe(was);
    await plugin.swap(modules[from]);
    expect(await call(plugin).look()).toBe(was);
    // The table is in the order in which its objects are met, which a detour may change.
    if (from === "neither") expect(Buffer.compare(await plugin.snapshot(), file)).toBe(0);
  });
});

test.each(["neither", "nodes"] as const)(
  "an object that is held twice does not leave the table for a state with %s in it",
  async (to) => {
    await using plugin = await filled("both");
    await call(plugin).alias(2);
    const refused = await plugin.swap(modules[to]).catch((error: Error) => error.message);
    expect(refused).toMatch(
      /^\[failed-restore\] .*an object of Order is held twice, and without @shared on class Order it would come back as two; version 0\.0\.0 still serves$/,
    );
    await plugin.swap(modules.orders);
    await call(plugin).rename(2);
    expect(await call(plugin).look()).toContain(",renamed7");
  },
);

test("nor does a ring", async () => {
  await using plugin = await filled("nodes");
  await call(plugin).ring();
  const was = await call(plugin).look();
  await expect(plugin.swap(modules.neither)).rejects.toThrow("an object of Node is held twice");
  await plugin.swap(modules.both);
  expect(await call(plugin).look()).toBe(was);
});

test("a part that is held at the top of the file stays the state's own when its class comes to be @shared", async () => {
  const tree = (mark: string, name: string) => {
    const entry = join(folder, `${name}.ts`);
    writeFileSync(
      entry,
      `import { state } from "moult/guest";
${mark}class Box { names: Array<string> = []; inner: Array<Box> = []; }
class Shelf { box: Box = new Box(); }
@state class S { list: Array<Box> = []; shelf: Shelf = new Shelf(); root: Box = new Box(); }
const root = state<S>().root;
const box = state<S>().shelf.box;
export function add(name: string): void { root.names.push(name); box.names.push(name); box.inner.push(new Box()); }
export function look(): string {
  const s = state<S>();
  return root.names.join() + " " + s.root.names.join() + " " + box.inner.length.toString() + s.shelf.box.names.join();
}`,
    );
    return build(entry, { optimize: "debug", sourceMap: false, name: "tree" });
  };
  const [plain, shared] = [(await tree("", "plain")).wasm, (await tree("@shared ", "shared")).wasm];
  await using plugin = await load(plain);
  type Tree = { add(name: string): Promise<void>; look(): Promise<string> };
  const calls = plugin.call as unknown as Tree;
  let names = "";
  for (const [n, next] of [shared, shared, plain, shared].entries()) {
    await calls.add(`${n}`);
    await plugin.swap(next);
    names += `${n === 0 ? "" : ","}${n}`;
    expect(await calls.look()).toBe(`${names} ${names} ${n + 1}${names}`);
  }
});

test("what changed is told by class, and nothing of it is lost", async () => {
  await using plugin = await filled("neither");
  const { changes } = await plugin.swap(modules.orders, { dryRun: true });
  expect(changes).toEqual([
    { path: "Order", problem: "is @shared now: its objects move into the table", lossless: true },
  ]);
});

test("any cut or changed byte of such a state is refused, and never taken for another one", async () => {
  await using plugin = await filled("both");
  const [from, to] = [await examine(modules.both), await examine(modules.neither)];
  const file = Buffer.from(await plugin.snapshot());
  const marker = file.subarray(file.length - 16);
  const begin = file.indexOf(marker) + 16;
  const schema = parseSchema(from.manifest.state!.schema);
  // A block of one datum: how many, how long, the datum, the marker.
  let datum = file.subarray(begin + 1, file.length - 16);
  while (datum[0]! >= 0x80) datum = datum.subarray(1);
  datum = datum.subarray(1);
  expect(() => decode(schema, datum)).not.toThrow();
  const { translate } = passage(from.manifest.state!, to.manifest.state!);
  const out = parseSchema(to.manifest.state!.schema);
  for (let at = 0; at < datum.length; at++) {
    expect(() => translate!(datum.subarray(0, at))).toThrow(/^at byte/);
    const other = Uint8Array.from(datum);
    other[at]! ^= 1 << (at % 8);
    try {
      decode(out, translate!(other));
    } catch (error) {
      expect((error as Error).message).toMatch(/^at byte/);
    }
  }
});
