/** Adapters: one for each ABI that modules may speak, all with the same face. A new ABI is a new adapter, never an `if`. */
import type { Manifest } from "../../abi/manifest.ts";
import type { FunctionType } from "../../abi/type.ts";
import type { WasmImport, WasmModule } from "../../abi/wasm/js-api.ts";
import type { Binding } from "../contract/view.ts";
import { PluginError } from "../errors.ts";
import type { Link } from "../grant/link.ts";
import type { PluginModule } from "../module/module.ts";
import type { Fetched } from "../module/source.ts";
import { assemblyscript } from "./assemblyscript/adapter.ts";
import type { MemoryPool } from "./memory-pool.ts";
import { moult1 } from "./v1/instance.ts";
import type { Difference } from "./v1/state-stream.ts";

export interface Adapter {
  /** Whether manifests tell the types of what modules export; where they do not, callers need a contract. */
  readonly typed: boolean;
  /** Reads (or, for guests that know nothing of us, makes up) the manifest. */
  describe(code: WasmModule, fetched: Fetched): Manifest;
  /** Fits an export to what a contract wants of it. `key` is the function's name in the contract. */
  fit(module: PluginModule, key: string, wanted: FunctionType): Binding | { readonly problem: string };
  /** Whether the ABI itself provides an import, so that it needs no grant. */
  provides(wanted: WasmImport): boolean;
  /** Makes an instance. Runs no guest code where the ABI allows that. */
  instantiate(module: PluginModule, link: Link, options: InstanceOptions): Instance;
}

export interface InstanceOptions {
  /** Pages of memory to begin with, where the memory is the host's: grown and touched before anybody waits. */
  readonly pages?: number | undefined;
  readonly memories: MemoryPool;
}

/** A module with memory. Everything that throws here, but for an argument that does not fit, is a trap. */
export interface Instance {
  /** The typed function of an export. @throws PluginError `mismatch` when the module has no such export */
  bind(name: string, type: FunctionType, onErr: (payload: unknown) => never): (...args: never[]) => unknown;
  /** Runs top-level code, then the start hook. */
  start(): void;
  /** Runs the stop hook. */
  stop(): void;
  /** The state as bytes: a bare datum of the manifest's schema, written where `spent` lies if there is room. */
  save(spent?: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  /** Saves again, and holds it against what was restored. @returns how they differ */
  compare(datum: Uint8Array): Difference | undefined;
  /** Fills the state from a datum of its own schema (0) or of migration `schema - 1`. */
  restore(schema: number, datum: Uint8Array): void;
  /** Runs the hook that follows a restore. */
  restored(): void;
  /** What the guest finds wrong with its own state; `undefined` when it is content. */
  checkState(): string | undefined;
  /** Becomes what `other`, an instance of the same module, is: memory and every mutable global. */
  become(other: Instance): void;
  /** Whether `become` can work. */
  readonly recoverable: boolean;
  /** Pages of memory now. */
  pages(): number;
  /** Ends it: nothing of it can run any more. @param reusable nothing of it is running or will go on, so that its memory may serve another */
  release(reusable: boolean): void;
}

/** Which adapter serves a module: by its markers, the highest that both sides know. */
export function adapterOf(code: WasmModule, abi: "moult" | "assemblyscript", from: string): Adapter {
  if (abi === "assemblyscript") return assemblyscript;
  const markers = WebAssembly.Module.exports(code).flatMap(({ name }) => {
    const match = name.startsWith("moult_abi_") && /^moult_abi_(\d{1,6})$/.exec(name);
    return match ? [Number(match[1])] : [];
  });
  const known: ReadonlyMap<number, Adapter> = new Map([[1, moult1]]);
  const best = Math.max(...markers.filter((marker) => known.has(marker)));
  const adapter = known.get(best);
  if (adapter) return adapter;
  const load = `could not load ${from}`;
  const here = `this host speaks ABI ${[...known.keys()].join(", ")}`;
  if (markers.length === 0) {
    throw new PluginError(
      "no-manifest",
      `${load}: it exports no marker moult_abi_1, so it was not built for this loader; build it with moult's transform, or load a plain AssemblyScript module with abi: "assemblyscript"`,
    );
  }
  const highest = Math.max(...markers);
  if (highest > Math.max(...known.keys())) {
    throw new PluginError(
      "abi-too-new",
      `${load}: it speaks ABI ${markers.join(", ")}, ${here}; update the host`,
    );
  }
  throw new PluginError(
    "abi-too-old",
    `${load}: it speaks ABI ${markers.join(", ")}, ${here}; rebuild the plugin`,
  );
}
