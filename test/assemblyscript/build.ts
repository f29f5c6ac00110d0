/** Plain modules, made by the stock compiler, with nothing of this project in them. */
import { plainBytes } from "../kept/compiled.ts";

/** @param options of `asc`, beside `--exportRuntime` */
export async function build(source: string, ...options: string[]): Promise<Uint8Array> {
  const { wasm, messages } = await plainBytes({
    files: { "plain.ts": source },
    asc: ["plain.ts", "--exportRuntime", ...options],
  });
  if (wasm === undefined) throw new Error(messages.join("; "));
  return wasm;
}
