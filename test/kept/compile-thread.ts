/** A thread of `compile-server.ts`: one order after the other, in a compiler that is warm. */
import { parentPort } from "node:worker_threads";
import { library } from "../../abi/transform/mod.ts";
import { built } from "./build-told.ts";
import type { Order, Said } from "./orders.ts";
import { plainBuild } from "./plain-build.ts";

const kept = library();

parentPort?.on("message", async (order: Order) => {
  parentPort?.postMessage(await answer(order).catch(() => null));
});

async function answer({ wanted }: Order): Promise<Said["told"]> {
  if ("entry" in wanted) return built(wanted.entry, { ...wanted.options, library: kept });
  const { wasm, messages } = await plainBuild(wanted.plain);
  return { wasm: wasm && Buffer.from(wasm).toString("base64"), messages };
}
