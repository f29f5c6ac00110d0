/** 64 KB in, 64 KB out. The answer is a copy for the caller. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "moult";
import { awaited, type Case, type Context, looped, same } from "../case.ts";
import { Echo } from "../contract.ts";
import { bindings, loader, read } from "../peers/assemblyscript.ts";
import { extism, resetting } from "../peers/extism.ts";
import { jcoEcho } from "../peers/jco.ts";

const SIZE = 65_536;

export async function bytes({ guests }: Context): Promise<Case[]> {
  const value = Uint8Array.from({ length: SIZE }, (_, i) => (i * 7) & 255);
  const plugin = await load(Echo, read(guests, "echo.wasm"));
  const glue = await bindings(guests);
  const loaded = loader(read(guests, "plain.wasm"));
  const [current, old] = [await jcoEcho(`${guests}/jco`), await jcoEcho(`${guests}/jco-1.8`)];
  const pass = loaded.bytes!;
  const id = classId(guests);
  const plainBytes = () => loaded.__getUint8Array(pass(loaded.__newArray(id, value)));
  const { bytes } = plugin.callSync;
  const memory = new Uint8Array(new WebAssembly.Memory({ initial: 2 }).buffer);
  const out = new Uint8Array(SIZE);
  const slot = memory.subarray(1024, 1024 + SIZE);
  const kit = await extism(read(guests, "extism.wasm"));
  const kitBytes = async () => (await kit.call("bytes", value))!.bytes();
  return [
    await atOnce("moult", "moult", value, () => bytes(value)),
    await atOnce("two memcpy between warm buffers", "limit", value, () => {
      slot.set(value);
      out.set(slot);
      return out;
    }),
    await atOnce("memcpy in, new array out", "limit", value, () => {
      slot.set(value);
      return slot.slice();
    }),
    await atOnce("AS bindings", "peer", value, () => glue.bytes(value)),
    await atOnce("AS loader", "peer", value, plainBytes),
    {
      name: "Extism",
      role: "peer",
      check: async () => same(await kitBytes(), value, "Extism"),
      sample: resetting(kit, await awaited(kitBytes)),
      n: 4,
    },
    await atOnce("jco 1.35", "peer", value, () => current.bytes(value)),
    await atOnce("jco 1.8", "peer", value, () => old.bytes(value)),
  ];
}

/** The id of `Uint8Array` in the plain guest, as its glue has it. */
function classId(guests: string): number {
  const glue = readFileSync(join(guests, "plain.js"), "utf8");
  return Number(/__lowerTypedArray\(Uint8Array, (\d+)/.exec(glue)![1]);
}

async function atOnce(
  name: string,
  role: Case["role"],
  value: Uint8Array,
  echo: () => Uint8Array,
): Promise<Case> {
  return { name, role, check: () => same(echo(), value, name), sample: await looped(echo) };
}
