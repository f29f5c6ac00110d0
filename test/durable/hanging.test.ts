/** A plugin with a store that is closed while a call of it hangs. */
import { expect, test } from "vitest";
import { z } from "zod";
import { capability, contract, type Grant, load } from "../../host/mod.ts";
import { directoryStore } from "../../host/node/mod.ts";
import { failure, guest, said } from "../faults/guest.ts";
import { folder } from "./folder.ts";

const Asking = contract("test:faults/counter@1", {
  count: { params: [], returns: z.uint32() },
  find: { params: [z.string()], returns: z.string() },
  times: { params: [], returns: z.uint32() },
});

const database = (count: () => Promise<number>): Grant =>
  capability(
    "test:faults/database@1.0.0",
    {
      find: { params: [z.string()], returns: z.string(), kind: "read", fails: true },
      size: { params: [z.string()], returns: z.uint32(), kind: "read", fails: true },
      remove: { params: [z.string()], fails: true },
      count: { params: [], returns: z.uint32(), kind: "read", async: true },
    },
    () => ({ find: (page) => page, size: () => 0, remove: () => {}, count }),
  );

test.skipIf(!("Suspending" in WebAssembly))(
  "comes back without half of that call: it is gone on with, as after a kill",
  async () => {
    const path = folder();
    const never = [database(() => new Promise(() => {}))];
    const plugin = await load(Asking, await guest("failing"), { grant: never, store: directoryStore(path) });
    await plugin.call.find("/");
    const hangs = failure(plugin.call.count());
    await plugin.close({ drain: 5 });
    expect(said(await hangs)).toBe("[closed] could not call counter: it was closed");
    const again = await load(Asking, await guest("failing"), {
      grant: [database(async () => 7)],
      store: directoryStore(path),
    });
    expect(again.recovered).toEqual({
      calls: 1,
      divergences: 0,
      torn: 0,
      interrupted: { name: "count", outcome: "resumed" },
    });
    expect(await again.call.times()).toBe(2);
    await again.close();
  },
);
