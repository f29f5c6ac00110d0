/** `moult migrate` where the state holds objects that are `@shared`. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { load } from "../../host/mod.ts";
import { build } from "../kept/build.ts";
import { command } from "./command.ts";
import { folder } from "./folder.ts";

const { path: cwd, write } = await folder();
const wasm = async (name: string) => (await build(join(cwd, name), { optimize: "debug" })).wasm;

const book = (id: string, wrap: string) => `import { state } from "moult/guest";

@shared
class Order {
  id: ${id};
  next: Order | null = null;
}
${wrap}@state
class Book {
  byId: Map<u32, Order> = new Map();
  first: Order | null = null;
}
const book = state<Book>();
export function place(id: u32): void {
  const order = new Order();
  order.next = order;
  book.first = order;
  book.byId.set(id, order);
}
export function look(): string {
  return book.first!.id.toString() + (book.first == book.byId.get(3) ? " once" : " twice");
}
`;

it("writes the step into the @state class, with the older classes that it needs", async () => {
  await write("ring/old.ts", book("u32 = 7", ""));
  await write("ring/new.ts", book('string = "new"', ""));
  const ran = await command(["migrate", "ring/old.ts", "ring/new.ts", "--write"], { cwd });
  expect(ran).toMatchObject({ exit: 0 });
  expect(ran.out).toBe(`wrote BookV1 into ring/new.ts
  ring/new.ts:24  decide what byId becomes of old.byId
  ring/new.ts:25  decide what first becomes of old.first
until you have decided, a swap is refused there and nothing is lost
`);
  const text = await readFile(join(cwd, "ring/new.ts"), "utf8");
  expect(text.split("\n")[23]).toContain("decide what byId");
  expect(text).toContain(`@shared class OrderV1 {
  id: u32 = 0;
  next: OrderV1 | null = null;
}
class BookV1 {
  byId: Map<u32, OrderV1> = new Map<u32, OrderV1>();
  first: OrderV1 | null = null;
}

@state
class Book {`);
  await write(
    "ring/new.ts",
    text
      .replace('throw new Error("decide what byId becomes of old.byId");', "const one = new Order();")
      .replace(
        'throw new Error("decide what first becomes of old.first");',
        'one.id = "#" + old.first!.id.toString(); made.first = one; made.byId.set(3, one);',
      ),
  );
  const plugin = await load(await wasm("ring/old.ts"));
  await plugin.call.place!(3);
  await plugin.swap(await wasm("ring/new.ts"));
  expect(await plugin.call.look!()).toBe("#7 once");
  await plugin.close();
});
