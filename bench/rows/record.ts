/** A record of ten fields, among them three strings and an array of three strings. */
import { load } from "moult";
import { type Case, type Context, looped, same } from "../case.ts";
import { Echo } from "../contract.ts";
import { bindings, loader, read } from "../peers/assemblyscript.ts";
import type { Item } from "../peers/echo.ts";
import { jcoEcho } from "../peers/jco.ts";

const ITEM: Item = {
  id: 4_000_000_000,
  count: -17,
  big: 123_456_789_012n,
  ratio: 0.1,
  scale: 1.5,
  active: true,
  name: "Ada Lovelace",
  city: "London, St James's Square",
  note: "first published in 1843, with notes longer than the paper",
  tags: ["mathematics", "engine", "notes"],
};

/** JSON has no 64-bit integers. */
const PLAIN = { ...ITEM, big: Number(ITEM.big) };

export async function record({ guests }: Context): Promise<Case[]> {
  const plugin = await load(Echo, read(guests, "echo.wasm"));
  const glue = await bindings(guests);
  const json = loader(read(guests, "json.wasm"));
  const [current, old] = [await jcoEcho(`${guests}/jco`), await jcoEcho(`${guests}/jco-1.8`)];
  const pass = json.pass!;
  const byJson = () => JSON.parse(json.__getString(pass(json.__newString(JSON.stringify(PLAIN)))));
  const { pass: moult } = plugin.callSync;
  return [
    await atOnce("moult", "moult", () => moult(ITEM)),
    {
      name: "JSON both sides",
      role: "peer",
      note: "json-as in the guest, AssemblyScript's loader for the strings; the 64-bit field as a number",
      check: () => same(byJson(), PLAIN, "JSON"),
      sample: await looped(byJson),
    },
    await atOnce("AS bindings", "peer", () => glue.pass(ITEM)),
    await atOnce("jco 1.35", "peer", () => current.pass(ITEM)),
    await atOnce("jco 1.8", "peer", () => old.pass(ITEM)),
  ];
}

async function atOnce(name: string, role: Case["role"], echo: () => Item): Promise<Case> {
  return { name, role, check: () => same(echo(), ITEM, name), sample: await looped(echo) };
}
