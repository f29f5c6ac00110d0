/** A build whose module is signed. */
import type { Build } from "../../../abi/transform/mod.ts";
import { type PrivateKey, sign } from "../../trust/mod.ts";
import { shiftedMap } from "./shifted-map.ts";

/** The same build with a signature in its module, and places in its source map that fit. */
export async function signedBuild<B extends Build>(build: B, key: PrivateKey): Promise<B> {
  const wasm = await sign(build.wasm, { key });
  const { sourceMap } = build;
  if (sourceMap === undefined) return { ...build, wasm };
  return { ...build, wasm, sourceMap: shiftedMap(sourceMap, wasm.length - build.wasm.length) ?? sourceMap };
}
