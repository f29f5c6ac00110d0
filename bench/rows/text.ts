/** A string in, a string out. Every guest but the limit's makes a string of its own language. */
import { load } from "moult";
import { awaited, type Case, type Context, looped, same } from "../case.ts";
import { Echo } from "../contract.ts";
import { bindings, loader, read } from "../peers/assemblyscript.ts";
import { EXTISM_CALLS, extism, resetting } from "../peers/extism.ts";
import { jcoEcho } from "../peers/jco.ts";

const SCRIPTS = {
  ascii: "GET /index.html HTTP/1.1 200 5123 ",
  mixed: "naïve café, Дорога в горы, 山の上の雲, ",
} as const;

/** @param units UTF-16 units */
export function text(units: number, script: keyof typeof SCRIPTS) {
  return async ({ guests }: Context): Promise<Case[]> => {
    const whole = SCRIPTS[script].repeat(Math.ceil(units / SCRIPTS[script].length)).slice(0, units);
    // As from outside: a flat string, and not a literal of this file.
    const value = Buffer.from(whole, "utf16le").toString("utf16le");
    const plugin = await load(Echo, read(guests, "echo.wasm"));
    const glue = await bindings(guests);
    const loaded = loader(read(guests, "plain.wasm"));
    const [current, old] = [await jcoEcho(`${guests}/jco`), await jcoEcho(`${guests}/jco-1.8`)];
    const { text } = plugin.callSync;
    const pass = loaded.text!;
    return [
      await atOnce("moult", "moult", value, () => text(value)),
      await atOnce("transcoding alone", "limit", value, transcoding(value)),
      await atOnce("AS bindings", "peer", value, () => glue.text(value)),
      await atOnce("AS loader", "peer", value, () => loaded.__getString(pass(loaded.__newString(value)))),
      await extismText(guests, value),
      await atOnce("jco 1.35", "peer", value, () => current.text(value)),
      await atOnce("jco 1.8", "peer", value, () => old.text(value)),
    ];
  };
}

/** Into a memory and out again, as UTF-16; no guest is called. */
function transcoding(value: string): () => string {
  const memory = Buffer.from(new WebAssembly.Memory({ initial: 1 }).buffer) as Buffer & {
    ucs2Write(value: string, at: number, length: number): number;
    ucs2Slice(from: number, to: number): string;
  };
  const bytes = 2 * value.length;
  return () => {
    memory.ucs2Write(value, 1024, bytes);
    return memory.ucs2Slice(1024, 1024 + bytes);
  };
}

async function atOnce(name: string, role: Case["role"], value: string, echo: () => string): Promise<Case> {
  return { name, role, check: () => same(echo(), value, name), sample: await looped(echo) };
}

async function extismText(guests: string, value: string): Promise<Case> {
  const plugin = await extism(read(guests, "extism.wasm"));
  const echo = async () => (await plugin.call("text", value))!.text();
  return {
    name: "Extism",
    role: "peer",
    check: async () => same(await echo(), value, "Extism"),
    sample: resetting(plugin, await awaited(echo)),
    n: Math.round(EXTISM_CALLS / (4 + value.length / 16)),
  };
}
