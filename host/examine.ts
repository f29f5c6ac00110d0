/** Examining a module without running any of its code. */
import type { Manifest } from "../abi/manifest.ts";
import { WasmBinary } from "../abi/wasm/binary.ts";
import { type CoreTypes, coreTypes } from "../abi/wasm/core-types.ts";
import type { WasmModule } from "../abi/wasm/js-api.ts";
import { moult } from "./guest/moult.ts";
import { compile } from "./module/compile.ts";
import { type FetchOptions, fetchSource, type Source } from "./module/source.ts";
import { optionsOf } from "./option.ts";

/** What a module declares about itself, and what its bytes show. */
export interface Examined {
  /** Its manifest. */
  readonly manifest: Manifest;
  /** The SHA-256 of the bytes in hexadecimal; unknown for a module that came compiled. */
  readonly digest: string | undefined;
  /** The compiled module, a `WebAssembly.Module`. */
  readonly code: WasmModule;
  /** What its bytes show that the ABI forbids; `load` refuses the module for it. */
  readonly problem: string | undefined;
  /** Unknown for a module that came compiled. */
  readonly core: CoreTypes | undefined;
}

/**
 * Compiles a module and reads its manifest, the first steps of `load`. Runs none of its code, and asks for no
 * grants.
 *
 * @throws PluginError `not-found`, `unavailable`, `deadline`, `aborted`, `not-wasm`, `component`,
 * `invalid-module`, `no-manifest`, `bad-manifest`, `abi-too-new`, `abi-too-old`
 */
export async function examine(source: Source, options?: FetchOptions): Promise<Examined> {
  const fetched = await fetchSource(source, optionsOf(options, "examine"));
  const { manifest, digest, code, problem } = await compile(fetched, { adapter: moult });
  return {
    manifest,
    digest,
    code,
    problem,
    core: "bytes" in fetched ? coreTypes(new WasmBinary(fetched.bytes)) : undefined,
  };
}
