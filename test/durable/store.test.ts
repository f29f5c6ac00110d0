import { describe, expect, it } from "vitest";
import { z } from "zod";
import { recordFromBytes } from "../../host/durable/log-bytes.ts";
import { contract, load } from "../../host/mod.ts";
import { directoryStore } from "../../host/node/mod.ts";
import { versions } from "../versions.ts";
import { account, Bank } from "./account.ts";
import { folder, leave } from "./folder.ts";
import { later } from "./later.ts";

const Counter = contract("demo:counter/counter@1", {
  add: { params: [z.uint32()], returns: z.uint32() },
  value: { params: [], returns: z.uint32() },
});
const counter = versions(new URL("../../wasm-plugins/counter/", import.meta.url));

describe("what a store cannot promise", () => {
  it("is among the plugin's warnings, as it is now", async () => {
    const warnings: string[] = [];
    const store = Object.assign(directoryStore(folder()), { name: "a store", warnings });
    const plugin = await load(Counter, await counter("v1"), { store });
    expect(plugin.warnings).toEqual([]);
    warnings.push(
      "a power cut may lose acknowledged calls",
      "another machine is not told from one that is gone",
    );
    expect(plugin.warnings).toEqual(warnings.map((text) => `a store: ${text}`));
    warnings.pop();
    expect(plugin.warnings).toHaveLength(1);
    await plugin.close();
  });
});

describe("a store that answers later", () => {
  it("keeps every call in its order, through a swap and another process", async () => {
    const path = folder();
    const plugin = await load(Counter, await counter("v1"), { store: later(directoryStore(path)) });
    const answers = Array.from({ length: 20 }, () => plugin.call.add(1));
    const swapped = plugin.swap(await counter("v2"));
    answers.push(...Array.from({ length: 20 }, () => plugin.call.add(1)));
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
    expect(await swapped).toMatchObject({ outcome: "swapped" });
    leave(path);
    const again = await load(Counter, await counter("v2"), { store: later(directoryStore(path)) });
    expect(await again.call.value()).toBe(40);
    await again.close();
  });

  it("leaves no callSync", async () => {
    const plugin = await load(Counter, await counter("v1"), { store: later(directoryStore(folder())) });
    expect(() => plugin.callSync.add(1)).toThrow(
      "[answers-later] could not call counter.add at once: its store answers later; use call",
    );
    await plugin.close();
  });

  it("refuses effects that answer at once: nobody could wait until their answers are written", async () => {
    await expect(account(new Bank(), { store: later(directoryStore(folder())) })).rejects.toMatchObject({
      code: "no-suspension",
      message:
        "[no-suspension] could not load account 1.0.0 from a slow store: test:bank/ledger@1.0.0#book has an effect and answers at once, and this store answers later; declare it async: true, or use a store that is synchronous",
    });
  });
});

it("writes one record for a call that asks nobody, and the answer of the one before with it", async () => {
  const store = directoryStore(folder());
  const { append } = store;
  const written: string[][] = [];
  store.append = (records) => {
    written.push(
      records.map(recordFromBytes).map((each) => `${each.kind} ${"number" in each && each.number}`),
    );
    return append.call(store, records);
  };
  const plugin = await load(Counter, await counter("v1"), { store });
  plugin.callSync.add(1);
  plugin.callSync.add(2);
  expect(written).toEqual([["call 1"], ["end 1", "call 2"]]);
  await plugin.close();
});
