/** The adapter for AssemblyScript modules that know nothing of moult: the contract says their types. */
import type { Manifest, ManifestFunction } from "../../../abi/manifest.ts";
import { signature, spell } from "../../../abi/spelling.ts";
import { camelCase, type FunctionType, kebabCase, type ValueType } from "../../../abi/type.ts";
import { type CoreFunctionType, type CoreType, coreTypes } from "../../../abi/wasm/core-types.ts";
import { PluginError } from "../../errors.ts";
import type { Adapter, Description } from "../adapter.ts";
import { interfacesOf, SERVICES } from "./imports.ts";
import { PlainInstance } from "./instance.ts";
import { arrayClass, crosses, RTTI } from "./value.ts";

export const assemblyscript: Adapter = {
  describe(code, fetched) {
    const { from } = fetched;
    const exports = new Map(WebAssembly.Module.exports(code).map(({ name, kind }) => [name, kind]));
    refuseNames([...exports.keys()], from);
    if (exports.get("memory") !== "memory") {
      throw new PluginError(
        "mismatch",
        `could not load ${from}: it exports no memory; build it without --noExportMemory`,
      );
    }
    const core = "bytes" in fetched ? coreTypes(fetched.bytes) : undefined;
    const imported = WebAssembly.Module.imports(code).some(({ kind }) => kind === "memory");
    if (imported && !core?.memory) {
      throw new PluginError(
        "invalid-module",
        `could not load ${from}: it imports its memory, and a compiled module does not tell how large; load its bytes`,
      );
    }
    const manifest: Manifest = {
      ...nameOf(from),
      producer: "assemblyscript",
      strings: "utf16",
      exports: [...(core?.exports ?? [])].map(([name, type]) => manifestFunction(name, type)),
      imports: interfacesOf(code),
      ...(core?.memory && { memory: core.memory }),
      ...(hasState(exports, from) && { state: OPAQUE }),
    };
    return { manifest, typed: false, fit: (key, wanted) => fitPlain(exports, manifest, key, wanted) };
  },
  provides: ({ module, name, kind }) =>
    module === "env" &&
    (kind === "memory" ? name === "memory" : kind === "function" && (name === "abort" || SERVICES.has(name))),
  instantiate: (module, host, options) => new PlainInstance(module, host, options),
};

/** State that the author's own hooks make bytes of. */
const OPAQUE: NonNullable<Manifest["state"]> = {
  schema: "bytes",
  /** The SHA-256 of `"bytes"`, quotes included: Avro's canonical form of the schema. */
  fingerprint: "9ae507a9dd39ee5b7c7e285da2c0846521c8ae8d80feeae5504e0c981d53f5fa",
  migrations: [],
  opaque: true,
};

function fitPlain(
  exports: ReadonlyMap<string, string>,
  manifest: Manifest,
  key: string,
  wanted: FunctionType,
): ReturnType<Description["fit"]> {
  const functions = [...exports].flatMap(([name, kind]) => (kind === "function" ? [name] : []));
  // The author's own spelling first, then what WIT would not tell from it: `top_paths` is `topPaths`.
  const name =
    functions.find((each) => each === key) ?? functions.find((each) => camelCase(kebabCase(each)) === key);
  if (name === undefined) return { problem: `wanted ${signature(wanted)}, found no such function` };
  const problem =
    unfit(wanted, exports) ??
    differing(
      wanted,
      manifest.exports.find((each) => each.name === name),
    );
  return problem === undefined ? { name, type: wanted } : { problem };
}

/** Why a function's types do not cross, or what the module lacks for it. */
function unfit(type: FunctionType, exports: ReadonlyMap<string, string>): string | undefined {
  const places = type.params.map((param) => ({
    place: `parameter ${param.name}`,
    type: param.type,
    argument: true,
  }));
  if (type.result !== undefined) places.push({ place: "result", type: type.result, argument: false });
  for (const { place, type, argument } of places) {
    if (!crosses(type)) {
      return `${place}: ${spell(type)} does not cross to a plain AssemblyScript module; wanted bools, numbers, strings, or lists of them`;
    }
    const array = typeof type === "object" && "list" in type ? arrayClass(type) : undefined;
    const runtime = argument && (array || type === "string") ? ["__new", "__pin", "__unpin"] : [];
    const missing = [...runtime, ...(array ? [RTTI] : [])].filter((name) => !exports.has(name));
    if (missing.length > 0) {
      return `${place}: ${spell(type)} wants the exports ${missing.join(", ")}; build the module with --exportRuntime`;
    }
    if (array && argument && exports.get(array.id) !== "global") {
      return `${place}: ${spell(type)} wants the export ${array.id}; add to the module: export const ${array.id} = idof<${array.name}>();`;
    }
  }
  return undefined;
}

/** How a contract's function and the module's differ as core values, where those are known. */
function differing(wanted: FunctionType, found: ManifestFunction | undefined): string | undefined {
  if (!found) return undefined;
  const flat: FunctionType = {
    params: wanted.params.map((param) => ({ ...param, type: coreOf(param.type) })),
    result: wanted.result && coreOf(wanted.result),
  };
  const [want, have] = [signature(flat), signature(found)];
  return want === have
    ? undefined
    : `wanted ${signature(wanted)}, which is ${want} in core values, found ${have}`;
}

/** As manifests of plain modules spell core values: `s32` is an `i32`, be it a number or a pointer. */
const CORE: Readonly<Record<CoreType, "s32" | "s64" | "f32" | "f64">> = {
  i32: "s32",
  i64: "s64",
  f32: "f32",
  f64: "f64",
};

function coreOf(type: ValueType): ValueType {
  if (type === "s64" || type === "u64") return "s64";
  return type === "f32" || type === "f64" ? type : "s32";
}

function manifestFunction(name: string, { params, results }: CoreFunctionType): ManifestFunction {
  const [result] = results;
  return {
    name,
    params: params.map((type, i) => ({ name: `${i + 1}`, type: CORE[type] })),
    ...(result && { result: CORE[result] }),
  };
}

/** `https://example.org/handler-2.wasm` is `handler` in version `2.0.0`. */
function nameOf(from: string): { name: string; version: string } {
  const file = /^[a-z][a-z0-9+.-]+:.*?([^/?#]+?)(?:\.[a-z0-9]+)?(?:[?#].*)?$/i.exec(from)?.[1] ?? "plugin";
  const [, name = file, major = "0", minor = "0", patch = "0"] =
    /^(.+?)[-@]v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?$/.exec(file) ?? [];
  return { name: name.slice(0, 256), version: [major, minor, patch].map(Number).join(".") };
}

/** Plain modules have state when they export `save(): Uint8Array` and `restore(bytes: Uint8Array): void`. */
function hasState(exports: ReadonlyMap<string, string>, from: string): boolean {
  if (exports.get("save") !== "function" || exports.get("restore") !== "function") return false;
  const missing = ["__new", "__pin", "__unpin", RTTI, "Uint8Array_ID"].filter((name) => !exports.has(name));
  if (missing.length === 0) return true;
  throw new PluginError(
    "mismatch",
    `could not load ${from}: it exports save and restore, so it has state, but not ${missing.join(", ")}; build it with --exportRuntime, and add to it: export const Uint8Array_ID = idof<Uint8Array>();`,
  );
}

/**
 * The loader makes an object tree of export names: `Class#method` becomes a property of what `Class` leads to, which
 * for `constructor` is the host's own `Object`. Its own functions must not be replaced either.
 */
function refuseNames(names: readonly string[], from: string): void {
  const bad = names.find((name) =>
    /(^|[.:])(constructor|__proto__|prototype)[#.]|^__(get[A-Z]\w*|newString|newArray|newArrayBuffer)$/.test(
      name,
    ),
  );
  if (bad === undefined) return;
  throw new PluginError(
    "invalid-module",
    `could not load ${from}: it exports ${JSON.stringify(bad)}, a name that reaches into the host's own objects`,
  );
}
