/** Modules that the compiler makes of texts and nothing else, each compiled once. */
import { keptIn, read, write } from "./store.ts";
import { tools } from "./tools.ts";

/** @param key the digest of all texts and options; the compiler and `abi/` are added to it */
export async function compiled(
  key: string,
  compile: () => Promise<Uint8Array<ArrayBuffer>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const folder = keptIn();
  if (folder === undefined) return compile();
  const [kept] = read(folder, tools().slice(0, 32) + key) as { wasm: string }[];
  if (kept !== undefined) return new Uint8Array(Buffer.from(kept.wasm, "base64"));
  const wasm = await compile();
  write(folder, tools().slice(0, 32) + key, "wasm", { wasm: Buffer.from(wasm).toString("base64") });
  return wasm;
}
