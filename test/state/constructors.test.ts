/** A restore makes objects and fills them: it runs no constructor, which could log, ask the host, or trap. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { clock, load, log } from "../../host/mod.ts";
import { build } from "../kept/build.ts";

const folder = mkdtempSync(join(tmpdir(), "moult-constructors-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function wasm(source: string): Promise<Uint8Array> {
  const entry = join(folder, "plugin.ts");
  writeFileSync(entry, source);
  return (await build(entry, { optimize: "debug", sourceMap: false })).wasm;
}

const rows: readonly (readonly [what: string, item: string, make: string, look: string])[] = [
  ["logs", 'class Item { n: u32 = 0; constructor() { log.info("made"); } }', "new Item()", "item.n"],
  [
    "asks the host for the time",
    "class Item { n: u32 = 0; at: i64 = clock.now(); }",
    "new Item()",
    "item.n + (item.at > 0 ? 0 : 100)",
  ],
  [
    "traps unless it is asked once",
    '@transient let made: u32 = 0;\nclass Item { n: u32 = 0; constructor() { if (made++ > 0) throw new Error("a second one"); } }',
    "new Item()",
    "item.n",
  ],
  [
    "takes parameters that become fields, private and readonly ones",
    "class Item { n: u32 = 0; constructor(private readonly name: string, public at: u32) {} get length(): u32 { return this.name.length + this.at; } }",
    'new Item("abc", 4)',
    "item.n + item.length",
  ],
  [
    "is private, behind a factory, in a class that extends another",
    "class Base { base: u32 = 7; }\nclass Item extends Base { n: u32 = 0; private constructor() { super(); this.base++; } static make(): Item { return new Item(); } }",
    "Item.make()",
    "item.n + item.base",
  ],
];

test.each(rows)("one that %s does so for new objects alone", async (_, item, make, look) => {
  const source = `import { clock, log, state } from "moult/guest";
${item}
@state class Shelf { items: Array<Item> = []; byName: Map<string, Item | null> = new Map(); }
const shelf = state<Shelf>();
export function add(): void { shelf.items.push(${make}); }
export function use(): void { const item = shelf.items[0]; item.n += 5; }
export function look(): u32 { const item = shelf.items[0]; return ${look}; }
export function now(): i64 { log.debug("."); return clock.now(); }`;
  const lines: string[] = [];
  const say = (line: string) => void (line === "." || lines.push(line));
  const grant = [clock(), log({ debug: say, info: say, warn: say, error: say })];
  const module = await wasm(source);
  await using plugin = await load(module, { grant });
  const call = plugin.call as unknown as Record<"add" | "use" | "look", () => Promise<number>>;
  await call.add();
  await call.use();
  const [was, said] = [await call.look(), lines.length];
  for (let round = 0; round < 3; round++) await plugin.swap(module);
  expect([await call.look(), lines.length]).toEqual([was, said]);
  await using later = await load(module, { grant, state: await plugin.snapshot() });
  expect(await (later.call as unknown as typeof call).look()).toBe(was);
  expect(lines.length).toBe(said);
});
