/** The fabric in this process. */
import { expect, test } from "vitest";
import { memoryFabric } from "../../host/remote/mod.ts";
import { type Cluster, conformance } from "./conformance.ts";
import { type Freezable, frozenNodes } from "./frozen-nodes.ts";
import { bytes, thrown } from "./seen.ts";

const open = async (payloadAge?: number) => {
  const fabric = memoryFabric(payloadAge === undefined ? {} : { payloadAge });
  return { join: async () => fabric, close: () => fabric.close() };
};

/** A handler that answers nothing for a while: a process that is frozen would be our own. */
let handlers = 0;
async function handler(cluster: Cluster): Promise<Freezable> {
  const name = `handler ${++handlers}`;
  let thaw = () => {};
  let thawed = Promise.resolve();
  const fabric = await cluster.join();
  await fabric.serve("who", async () => {
    await thawed;
    return { bytes: bytes(name) };
  });
  return {
    name,
    isProcess: false,
    freeze: () => {
      thawed = new Promise((resolve) => {
        thaw = resolve;
      });
    },
    thaw: () => thaw(),
    end: () => thaw(),
  };
}

conformance("a fabric in memory", open);
frozenNodes("a fabric in memory", open, handler);

test("a fabric in memory keeps no more than it may, and forgets the oldest of what is deleted", async () => {
  const fabric = memoryFabric({
    maxMessageBytes: 1_000,
    maxBytes: 5_000,
    maxBlobBytes: 1_000,
    maxPayloadBytes: 1_000,
  });
  const value = new Uint8Array(900);
  for (const key of ["a", "b", "c", "d"]) await fabric.kv.put(key, value);
  const error = await thrown(fabric.kv.put("e", value));
  expect(error).toMatchObject({ code: "too-large" });
  expect(error.message).toContain("(maxBytes); nothing was changed");
  expect(await fabric.kv.keys("")).toEqual(["a", "b", "c", "d"]);
  await fabric.blobs.put(value);
  await fabric.blobs.put(value);
  expect(await thrown(fabric.blobs.put(new Uint8Array(200)))).toMatchObject({ code: "too-large" });
  const kept = await fabric.payloads.put(value);
  const full = await thrown(fabric.payloads.put(new Uint8Array(200)));
  expect(full.message).toBe(
    "[too-large] could not put a blob of 200 bytes: 900 bytes of blobs are kept already, and at most 1000 may be (maxPayloadBytes)",
  );
  await fabric.payloads.delete(kept);
  await fabric.payloads.put(new Uint8Array(200));
  await fabric.close();
});

test("a fabric in memory lives on where keys come and go for ever", async () => {
  const fabric = memoryFabric({ maxBytes: 4_000_000 });
  for (let i = 0; i < 30_000; i++) {
    await fabric.kv.put(`lease.${i}`, bytes("x"));
    await fabric.kv.delete(`lease.${i}`);
  }
  expect(await fabric.kv.keys("")).toEqual([]);
  await fabric.close();
});
