/** A call of a keyed instance, whose state is in the fabric before the answer leaves. */
import { load } from "moult";
import { callKeyed, hostKeyed } from "moult/keyed";
import { changePlan, publish } from "moult/release";
import { memoryFabric } from "moult/remote";
import { awaited, type Case, type Context, same } from "../case.ts";
import { State } from "../contract.ts";
import { read } from "../peers/assemblyscript.ts";

/** Bytes of the state. */
const SIZE = 1_000;

export async function keyed({ guests }: Context): Promise<Case[]> {
  const module = read(guests, "state.wasm");
  const fabric = memoryFabric();
  const { name, version } = await publish(fabric, module);
  await changePlan(fabric, name, () => ({ [version]: 100 }));
  await hostKeyed(fabric, name);
  const caller = await callKeyed(fabric, State, name);
  const one = caller.of("one").call;
  await one.fill(SIZE);
  const near = await load(State, module);
  await near.call.fill(SIZE);
  await near.call.write(0);
  return [
    {
      name: "moult",
      role: "moult",
      check: async () => {
        await one.write(0);
        same(await one.size(), SIZE + 1, "moult");
      },
      sample: await awaited(() => one.write(0)),
    },
    {
      name: "its parts: a message, a call, an update",
      role: "limit",
      note: "what the fabric and the plugin need without the state's save",
      check: async () => same(await near.call.size(), SIZE + 1, "its parts"),
      sample: await awaited(await parts(fabric, () => near.call.write(0))),
    },
  ];
}

async function parts(fabric: ReturnType<typeof memoryFabric>, call: () => Promise<unknown>) {
  const bytes = new Uint8Array(SIZE);
  let revision = (await fabric.kv.create("parts", bytes))!;
  await fabric.serve("parts", async (message) => {
    await call();
    revision = (await fabric.kv.update("parts", bytes, revision))!;
    return message;
  });
  return () => fabric.call("parts", { bytes: bytes.subarray(0, 64) }, { timeout: 30_000 });
}
