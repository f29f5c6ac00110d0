/** Adapters: one for each ABI that modules may speak, all with the same face. A new ABI is a new adapter, never an `if`. */
import type { Guest } from "../../abi/canonical/memory.ts";
import type { Manifest } from "../../abi/manifest.ts";
import type { FunctionType } from "../../abi/type.ts";
import type { WasmFunction, WasmImport, WasmModule } from "../../abi/wasm/js-api.ts";
import type { Fittable } from "../contract/bindings.ts";
import { PluginError } from "../errors.ts";
import type { DoorOut } from "../grant/door-out.ts";
import type { PluginModule } from "../module/module.ts";
import type { Fetched } from "../module/source.ts";
import { assemblyscript } from "./assemblyscript/adapter.ts";
import type { MemoryPool } from "./memory-pool.ts";
import { moult1 } from "./v1/instance.ts";
import type { Difference } from "./v1/state-stream.ts";

export interface Adapter {
  /** Finds out what a module is, before anything of it runs. */
  describe(code: WasmModule, fetched: Fetched): Description;
  /** Whether the ABI itself provides an import, so that it needs no grant. */
  provides(wanted: WasmImport): boolean;
  /** Makes an instance. Runs no guest code where the ABI allows that. */
  instantiate(module: PluginModule, host: HostImports, options: InstanceOptions): Instance;
}

/** What a generation was granted, as its instance imports it. */
export interface HostImports {
  /** Some granted function answers later, so that calls are suspended. */
  readonly asynchronous: boolean;
  /** Every import goes through it, and nothing is called once it is shut. */
  readonly out: DoorOut;
  /** The import object's part for granted interfaces, lifted and lowered as the Canonical ABI says. */
  imports(guest: () => Guest): Record<string, Record<string, WasmFunction>>;
  /** A granted function in JavaScript's own values, for adapters that lift and lower in a way of their own. */
  granted(owner: string, name: string): (...args: unknown[]) => unknown;
}

/** What an adapter finds out of a module. */
export interface Description extends Pick<Fittable, "typed" | "fit"> {
  /** Read from the module or, for guests that know nothing of us, made up. */
  readonly manifest: Manifest;
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
