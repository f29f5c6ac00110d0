/** Two versions of the example plugin `counter`, which a registry tells apart. */
import { build } from "../kept/build.ts";

const FOLDER = new URL("../../wasm-plugins/counter/", import.meta.url);
const made = new Map<string, Promise<Uint8Array>>();

export function counter(name: "v1" | "v2"): Promise<Uint8Array> {
  const version = `${name.slice(1)}.0.0`;
  const known = made.get(name);
  if (known) return known;
  const wasm = build(new URL(`${name}.ts`, FOLDER), { optimize: "debug", version }).then(({ wasm }) => wasm);
  made.set(name, wasm);
  return wasm;
}
