/** Plugins built from source, and called by the Canonical ABI's other half. */
import { exported, type Guest, imported, Views } from "../../abi/canonical/mod.ts";
import { type Manifest, type ManifestFunction, readManifest } from "../../abi/manifest.ts";
import { camelCase, type FunctionType, type ValueType } from "../../abi/type.ts";
import { ABORT_IMPORT, INITIALIZE, POST, REALLOC, STATE } from "../../abi/v1.ts";

/** The source of a guest of this folder's. */
export function guest(name: string): URL {
  return new URL(`../guests/transform/${name}.ts`, import.meta.url);
}

export interface Instance {
  readonly exports: Record<string, (...args: never[]) => unknown>;
  readonly manifest: Manifest;
  readonly memory: WebAssembly.Memory;
  /** By the names that JavaScript gives them. */
  readonly call: Record<string, (...args: unknown[]) => unknown>;
  readonly guest: Guest;
}

/** By interface, then by function; `write` and `read` of the state as they come. */
export type Grants = Record<string, Record<string, (...args: never[]) => unknown>>;

export class Failed extends Error {
  readonly payload: unknown;
  constructor(payload: unknown) {
    super("the guest answered err");
    this.payload = payload;
  }
}

export function instantiate(wasm: Uint8Array, grants: Grants = {}): Instance {
  const module = new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>);
  const manifest = readManifest(module);
  if (manifest === undefined) throw new Error("there is no manifest");
  const memory = new WebAssembly.Memory({ initial: manifest.memory?.initial ?? 1 });
  const views = new Views(memory);
  let self: Guest | undefined;
  const current = () => self as Guest;
  const imports: WebAssembly.Imports = {
    env: { memory, [ABORT_IMPORT.name]: (...at: number[]) => abort(memory, at) },
    [STATE]: (grants[STATE] ?? {}) as WebAssembly.ModuleImports,
  };
  for (const { interface: name, functions } of manifest.imports) {
    imports[name] = Object.fromEntries(
      functions.map((one) => {
        const implementation = grants[name]?.[camelCase(one.name)];
        if (implementation === undefined) throw new Error(`${name}.${one.name} is not granted`);
        return [one.name, imported(typeOf(one), implementation, current, { name: one.name, toErr })];
      }),
    );
  }
  const instance = new WebAssembly.Instance(module, imports);
  const exports = instance.exports as Instance["exports"];
  self = { memory: views, strings: "utf16", realloc: exports[REALLOC] as Guest["realloc"] };
  const prefix = manifest.interface === undefined ? "" : `${manifest.interface}#`;
  const call: Instance["call"] = {};
  for (const one of manifest.exports) {
    const core = exports[prefix + one.name]!;
    const post = exports[POST + prefix + one.name];
    call[camelCase(one.name)] = exported(typeOf(one), core, post, self, (payload) => {
      throw new Failed(payload);
    });
  }
  (exports[INITIALIZE] as () => void)();
  return { exports, manifest, memory, call, guest: self };
}

/** The host takes `ok` out of a top-level result, and throws for `err`. */
export function outcome(call: () => unknown, type: ValueType): unknown {
  if (typeof type !== "object" || !("result" in type)) return call();
  try {
    return { tag: "ok", val: call() };
  } catch (error) {
    if (error instanceof Failed) return { tag: "err", val: error.payload };
    throw error;
  }
}

function toErr(error: unknown): unknown {
  if (error instanceof Failed) return error.payload;
  throw error;
}

function typeOf({ params, result }: ManifestFunction): FunctionType {
  return result === undefined ? { params } : { params, result };
}

/** AssemblyScript's strings: UTF-16, their bytes counted four bytes before them. */
function abort(memory: WebAssembly.Memory, [message = 0, file = 0, line, column]: number[]): never {
  const data = new DataView(memory.buffer);
  const text = (at: number) =>
    at === 0
      ? ""
      : new TextDecoder("utf-16le").decode(new Uint8Array(memory.buffer, at, data.getUint32(at - 4, true)));
  throw new Error(`${text(message)} at ${text(file)}:${line}:${column}`);
}
