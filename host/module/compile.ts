/** Compiling: from bytes to a described module. Runs none of its code. */

import { AbiError } from "../../abi/error.ts";
import { digestOf } from "../../abi/state/avro/digest.ts";
import { WasmBinary } from "../../abi/wasm/binary.ts";
import { Malformed } from "../../abi/wasm/malformed.ts";
import { PluginError, reason } from "../errors.ts";
import type { Adapter } from "../guest/adapter.ts";
import type { PluginModule } from "./module.ts";
import type { Fetched } from "./source.ts";

export interface CompileOptions {
  /** Describes the module. */
  readonly adapter: Adapter;
  /**
   * Compiles small modules synchronously. Only for `load`: in a swap this would stall the calls of the
   * incumbent and, in a tight loop of swaps, keep the engine from freeing earlier modules.
   * @default false
   */
  readonly blocking?: boolean;
}

/**
 * Compiles what was fetched and reads its manifest. Runs none of the module's code.
 *
 * @throws PluginError `not-wasm`, `component`, `invalid-module`, `no-manifest`, `bad-manifest`,
 * `abi-too-new`, `abi-too-old`
 */
export async function compile(fetched: Fetched, options: CompileOptions): Promise<PluginModule> {
  const { adapter, blocking = false } = options;
  const { from } = fetched;
  if ("module" in fetched) return again(fetched, adapter);
  const digesting = digestOf(fetched.bytes as Uint8Array<ArrayBuffer>);
  const code = await compileBytes(fetched.bytes, from, blocking);
  return described(code, fetched, adapter, await digesting);
}

/**
 * Modules that came compiled: a further plugin of the same module costs little more than an instance. Not
 * state: each entry follows from its key, and is freed with it.
 */
const DESCRIBED = new WeakMap<WebAssembly.Module, WeakMap<Adapter, PluginModule>>();

async function again(
  fetched: Extract<Fetched, { module: unknown }>,
  adapter: Adapter,
): Promise<PluginModule> {
  const { module } = fetched;
  const before = DESCRIBED.get(module)?.get(adapter);
  if (before) return before;
  const found = await described(module, fetched, adapter);
  const all = DESCRIBED.get(module) ?? new WeakMap<Adapter, PluginModule>();
  DESCRIBED.set(module, all.set(adapter, found));
  return found;
}

async function described(
  code: WebAssembly.Module,
  fetched: Fetched,
  adapter: Adapter,
  digest?: string,
): Promise<PluginModule> {
  const { from } = fetched;
  try {
    const binary = "bytes" in fetched ? new WasmBinary(fetched.bytes) : undefined;
    const found = await adapter.describe({ code, binary, from });
    const known = { strangers: undefined };
    return { ...found, code, digest, from, fitted: new WeakMap(), known };
  } catch (cause) {
    if (cause instanceof Malformed) {
      const found = `its bytes hold what this host cannot read: ${cause.message}`;
      throw new PluginError("invalid-module", `could not load ${from}: ${found}`, { cause });
    }
    if (!(cause instanceof AbiError)) throw cause;
    throw new PluginError("bad-manifest", `could not load ${from}: ${cause.message}`, { cause });
  }
}

async function compileBytes(bytes: Uint8Array, from: string, blocking: boolean): Promise<WebAssembly.Module> {
  const refuse = (code: "not-wasm" | "component" | "invalid-module", found: string, cause?: unknown) =>
    new PluginError(code, `could not load ${from}: ${found}`, { cause });
  if (bytes.length < 8 || bytes[0] !== 0 || bytes[1] !== 0x61 || bytes[2] !== 0x73 || bytes[3] !== 0x6d) {
    throw refuse("not-wasm", `its ${bytes.length} bytes do not begin as a WebAssembly module`);
  }
  if (bytes[6] === 1) {
    throw refuse(
      "component",
      "it is a WebAssembly component; wanted a core module, which is what engines load",
    );
  }
  try {
    return (
      (blocking && compiledAtOnce(bytes)) || (await WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>))
    );
  } catch (cause) {
    throw refuse("invalid-module", `it is not valid WebAssembly: ${reason(cause)}`, cause);
  }
}

/**
 * Up to this size, compiling takes less than a millisecond, and less time than the engine's threads take to
 * begin.
 */
const FEW = 2 ** 15;

/**
 * @returns nothing for more bytes than that, or where the engine refuses: the asynchronous way reports why
 */
function compiledAtOnce(bytes: Uint8Array): WebAssembly.Module | undefined {
  if (bytes.length > FEW) return undefined;
  try {
    return new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
  } catch {
    return undefined;
  }
}
