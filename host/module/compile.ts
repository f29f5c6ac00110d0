/** Compiling: from bytes to a described module. Runs none of its code. */

import { AbiError } from "../../abi/error.ts";
import { digestOf } from "../../abi/state/avro/digest.ts";
import { WasmBinary } from "../../abi/wasm/binary.ts";
import { Malformed } from "../../abi/wasm/malformed.ts";
import { PluginError, reason } from "../errors.ts";
import type { Adapter } from "../guest/adapter.ts";
import { LazyPart } from "../lazy-part.ts";
import { type CheckedLimits, type Metering, NO_LIMITS } from "../limits.ts";
import { COMPILED } from "./intake.ts";
import type { PluginModule } from "./module.ts";
import type { Fetched } from "./source.ts";

type Bytes = Extract<Fetched, { readonly bytes: unknown }>;

export interface CompileOptions {
  /** Describes the module. */
  readonly adapter: Adapter;
  /**
   * Compiles small modules synchronously. Only for `load`: in a swap this would stall the calls of the
   * incumbent and, in a tight loop of swaps, keep the engine from freeing earlier modules.
   * @default false
   */
  readonly blocking?: boolean;
  /** What its instances may use. */
  readonly limits?: CheckedLimits | undefined;
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
  const { limits = NO_LIMITS } = options;
  const { fuel, pages } = limits;
  const written = fuel !== undefined || pages !== undefined;
  if ("module" in fetched) {
    if (pages !== undefined || (fuel && !limits.byItself)) throw unlimitable(from);
    return again(fetched, adapter);
  }
  const digesting = digestOf(fetched.bytes as Uint8Array<ArrayBuffer>);
  if (written) return withLimits(fetched, options, limits, digesting);
  const code = await compileBytes(fetched.bytes, from, blocking);
  return described(code, fetched, adapter, { digest: await digesting });
}

function unlimitable(from: string): PluginError {
  const why = "limits are written into a module before it is compiled, and it came compiled; give its bytes";
  return new PluginError("argument", `could not load ${from}: ${why}`);
}

export const LIMITING = new LazyPart(() => import("./limiting.ts"));

async function withLimits(
  fetched: Bytes,
  { adapter, blocking = false }: CompileOptions,
  limits: CheckedLimits,
  digesting: Promise<string>,
): Promise<PluginModule> {
  const { bytes: original, from } = fetched;
  checkKind(original, from);
  const { limited, unlimited } = await LIMITING.load(`could not load ${from}`);
  const { bytes, metering } = limited(original, from, limits);
  const code = await compileBytes(bytes, from, blocking).catch((cause: PluginError) => {
    throw unlimited(original, from, cause);
  });
  return described(code, fetched, adapter, { digest: await digesting, metering });
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
  { digest, metering }: { readonly digest?: string; readonly metering?: Metering | undefined } = {},
): Promise<PluginModule> {
  const { from } = fetched;
  try {
    const binary = "bytes" in fetched ? new WasmBinary(fetched.bytes) : undefined;
    const found = await adapter.describe({ code, binary, from, metering });
    const known = { strangers: undefined };
    return { ...found, code, digest, from, metering, fitted: new WeakMap(), known };
  } catch (cause) {
    if (cause instanceof Malformed) {
      const found = `its bytes hold what this host cannot read: ${cause.message}`;
      throw new PluginError("invalid-module", `could not load ${from}: ${found}`, { cause });
    }
    if (!(cause instanceof AbiError)) throw cause;
    throw new PluginError("bad-manifest", `could not load ${from}: ${cause.message}`, { cause });
  }
}

/** @throws PluginError `not-wasm`, `component` */
function checkKind(bytes: Uint8Array, from: string): void {
  const refuse = (code: "not-wasm" | "component", found: string) =>
    new PluginError(code, `could not load ${from}: ${found}`);
  if (bytes.length < 8 || bytes[0] !== 0 || bytes[1] !== 0x61 || bytes[2] !== 0x73 || bytes[3] !== 0x6d) {
    throw refuse("not-wasm", `its ${bytes.length} bytes do not begin as a WebAssembly module`);
  }
  if (bytes[6] === 1) {
    throw refuse(
      "component",
      "it is a WebAssembly component; wanted a core module, which is what engines load",
    );
  }
}

async function compileBytes(bytes: Uint8Array, from: string, blocking: boolean): Promise<WebAssembly.Module> {
  checkKind(bytes, from);
  try {
    // Where that failed, the whole says why.
    const ahead = await COMPILED.get(bytes)?.catch(() => undefined);
    if (ahead) return ahead;
    return (
      (blocking && compiledAtOnce(bytes)) || (await WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>))
    );
  } catch (cause) {
    const found = `it is not valid WebAssembly: ${reason(cause)}`;
    throw new PluginError("invalid-module", `could not load ${from}: ${found}`, { cause });
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
