/** The adapter for AssemblyScript modules that know nothing of moult: their types come from the contract. */
import type { instantiateSync } from "@assemblyscript/loader";
import type { Manifest, ManifestFunction } from "../../../abi/manifest.ts";
import type { WasmBinary } from "../../../abi/wasm/binary.ts";
import { type CoreFunctionType, isNumber, type NumberType } from "../../../abi/wasm/core-type.ts";
import { ASSEMBLYSCRIPT } from "../../../abi/wasm/foreign.ts";
import type { WasmImport } from "../../../abi/wasm/js-api.ts";
import { PluginError, reason } from "../../errors.ts";
import type { Adapter, Compiled } from "../adapter.ts";
import { foreignOf } from "../foreign.ts";
import { fitPlain, type PlainExports } from "./fit.ts";
import { hasState } from "./hooks.ts";
import { interfacesOf, servicesOf } from "./imports.ts";
import { type Plain, PlainInstance } from "./instance.ts";
import { memoryOf } from "./memory.ts";
import { refuseNames } from "./names.ts";
import { RTTI } from "./runtime.ts";

/**
 * The ABI of modules that stock `asc --exportRuntime` made, with nothing of moult in them.
 *
 * @example load(contract, source, { abi: assemblyscript() })
 */
export function assemblyscript(): Adapter {
  return plain;
}

const plain: Adapter = {
  async describe(module) {
    const { code, binary, from, metering } = module;
    const kinds = new Map(WebAssembly.Module.exports(code).map(({ name, kind }) => [name, kind]));
    for (const own of metering?.exports ?? []) kinds.delete(own);
    // Modules without AssemblyScript's runtime have no objects, and need no loader.
    const objects = kinds.has("__new") || kinds.has(RTTI);
    if (objects) refuseNames([...kinds.keys()], from);
    const memory = memoryOf(module);
    const exports: PlainExports = { kinds, memory, types: binary && functionTypes(binary) };
    const state = hasState(exports, from);
    const services = servicesOf(module);
    const manifest: Manifest = {
      ...nameOf(from),
      producer: "assemblyscript",
      strings: "utf16",
      exports: [...(exports.types ?? [])].flatMap(([name, type]) => manifestFunction(name, type)),
      imports: interfacesOf(services),
      ...(state && { state: OPAQUE }),
    };
    const own: Plain = {
      code,
      manifest,
      memory,
      services,
      starts: binary?.start !== undefined,
      ...(objects && (await loader(from))),
    };
    return {
      manifest,
      typed: false,
      warnings: warningsOf(module, manifest),
      foreign: foreignNote(module),
      fit: (key, wanted) => fitPlain(exports, key, wanted),
      provides: (wanted) => provides(wanted, own),
      instantiate: (host, options) => new PlainInstance(own, host, options),
    };
  },
};

/**
 * AssemblyScript's own loader, imported only when it is used: it changes `Object`, which hardened hosts
 * freeze.
 */
async function loader(from: string): Promise<{ readonly instantiateSync: typeof instantiateSync }> {
  try {
    const { instantiateSync } = await import("@assemblyscript/loader");
    return { instantiateSync };
  } catch (cause) {
    throw new PluginError(
      "argument",
      `could not load ${from}: @assemblyscript/loader, which abi: assemblyscript() calls for, cannot be imported here: ${reason(cause)}; where the intrinsics are frozen, import it before they are`,
      { cause },
    );
  }
}

function provides({ module, name, kind }: WasmImport, { memory, services }: Plain): boolean {
  if (kind === "memory") return memory.wanted?.module === module && memory.wanted.name === name;
  return module === "env" && kind === "function" && (name === "abort" || services.has(name));
}

function functionTypes(binary: WasmBinary): ReadonlyMap<string, CoreFunctionType> {
  const types = new Map<string, CoreFunctionType>();
  for (const { name, kind, index } of binary.exports) {
    const type = kind === "function" ? binary.functionType(index) : undefined;
    if (type) types.set(name, type);
  }
  return types;
}

/** What the module cannot do, and what cannot be found out about it. */
function warningsOf({ binary }: Compiled, { name, version, state }: Manifest): string[] {
  const warnings: string[] = [];
  if (!binary) {
    warnings.push(
      `${name} ${version} came compiled, so that the types of its functions are not known: one that does not fit traps when it is called (load its bytes)`,
    );
  }
  const holds = !binary || binary.memories.length > 0 || binary.globals.some(({ mutable }) => mutable);
  if (!state && holds) {
    warnings.push(
      `${name} ${version} exports no save and restore: what it holds does not cross to another version`,
    );
  }
  return warnings;
}

/** The hint for a module whose imports no grant can serve. */
function foreignNote({ code }: Compiled): string | undefined {
  const known = foreignOf(code);
  if (!known || known.looksLike === ASSEMBLYSCRIPT) return undefined;
  return `it looks like ${known.looksLike} (${known.because}): ${known.help}`;
}

/** State as opaque bytes that the author's own hooks make. */
const OPAQUE: NonNullable<Manifest["state"]> = {
  schema: "bytes",
  /** The SHA-256 of `"bytes"`, quotes included: Avro's canonical form of the schema. */
  fingerprint: "9ae507a9dd39ee5b7c7e285da2c0846521c8ae8d80feeae5504e0c981d53f5fa",
  migrations: [],
  opaque: true,
};

/**
 * The names that manifests of plain modules have for core values: `s32` is an `i32`, a number or a pointer.
 */
const SPELLED: Readonly<Record<NumberType, "s32" | "s64" | "f32" | "f64">> = {
  i32: "s32",
  i64: "s64",
  f32: "f32",
  f64: "f64",
};

/** Nothing for a function whose core types a manifest cannot express. */
function manifestFunction(name: string, { params, results }: CoreFunctionType): ManifestFunction[] {
  const [result] = results;
  if (!params.every(isNumber) || results.length > 1 || (result !== undefined && !isNumber(result))) return [];
  const own = params.map((type, i) => ({ name: `${i + 1}`, type: SPELLED[type] }));
  return [{ name, params: own, ...(result && { result: SPELLED[result] }) }];
}

/** `https://example.org/handler-2.wasm` becomes `handler` with version `2.0.0`. */
function nameOf(from: string): { name: string; version: string } {
  const file = /^[a-z][a-z0-9+.-]+:.*?([^/?#]+?)(?:\.[a-z0-9]+)?(?:[?#].*)?$/i.exec(from)?.[1] ?? "plugin";
  const [, name = file, major = "0", minor = "0", patch = "0"] =
    /^(.+?)[-@]v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?$/.exec(file) ?? [];
  return { name: name.slice(0, 256), version: [major, minor, patch].map(Number).join(".") };
}
