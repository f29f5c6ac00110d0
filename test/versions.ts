/** The versions of an example plugin, each built once in a test run's process. */
import { build } from "./kept/build.ts";

/** @param folder where the sources lie */
export function versions(folder: URL): (name: string) => Promise<Uint8Array> {
  const built = new Map<string, Promise<Uint8Array>>();
  return (name) => {
    const known = built.get(name);
    if (known) return known;
    const wasm = build(new URL(`${name}.ts`, folder), { optimize: "debug" }).then((made) => made.wasm);
    built.set(name, wasm);
    return wasm;
  };
}
