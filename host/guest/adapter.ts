/** Adapters: one for each ABI that modules may speak, all with the same face. A new ABI is a new adapter, never an `if`. */
import type { Guest } from "../../abi/canonical/memory.ts";
import type { Manifest } from "../../abi/manifest.ts";
import type { FunctionType } from "../../abi/type.ts";
import type { WasmBinary } from "../../abi/wasm/binary.ts";
import type { WasmFunction, WasmImport, WasmModule } from "../../abi/wasm/js-api.ts";
import type { Fittable } from "../contract/bindings.ts";
import { PluginError } from "../errors.ts";
import type { DoorOut } from "../grant/door-out.ts";
import type { MemoryPool } from "./memory-pool.ts";

/** Speaks one ABI. `load` is given one for modules that do not speak moult's own: `abi: assemblyscript()`. */
export interface Adapter {
  /**
   * Finds out what a module is, before anything of it runs. What its manifest says of its state was checked then.
   *
   * @throws PluginError for a module that does not speak this ABI, or not as it should
   */
  describe(module: Compiled): Description | PromiseLike<Description>;
}

/** A module that the engine has taken. */
export interface Compiled {
  readonly code: WasmModule;
  /** What its bytes say; not there for a module that came compiled. */
  readonly binary: WasmBinary | undefined;
  /** Where it came from, for messages. */
  readonly from: string;
}

/** What an adapter has found out of a module. */
export interface Description extends Pick<Fittable, "typed" | "fit" | "warnings"> {
  /** Read from the module or, for guests that know nothing of moult, made up. */
  readonly manifest: Manifest;
  /** What its bytes show that the ABI forbids, and for which no instance of it is made. */
  readonly problem?: string | undefined;
  /** What it looks like where it asks for what no grant is, and what would help: the end of a sentence. */
  readonly foreign?: string | undefined;
  /** Whether the ABI itself provides an import, so that it needs no grant. */
  provides(wanted: WasmImport): boolean;
  /** Makes an instance. Runs no guest code where the ABI allows that. @throws PluginError `mismatch` where there is a problem */
  instantiate(host: HostImports, options: InstanceOptions): Instance;
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

export interface InstanceOptions {
  /** Pages of memory to begin with, where the memory is the host's: grown and touched before anybody waits. */
  readonly pages?: number | undefined;
  readonly memories: MemoryPool;
}

/** How a state that was saved again differs from what was restored. */
export interface Difference {
  /** The first byte that is another. */
  readonly at: number;
  /** How many bytes there are now. */
  readonly size: number;
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

/** @throws PluginError `argument` for what is no adapter, such as a name */
export function checkAdapter(abi: unknown): asserts abi is Adapter {
  const given = abi as { readonly describe?: unknown } | undefined | null;
  if (typeof given?.describe === "function") return;
  const found =
    typeof abi === "string" ? `the text ${JSON.stringify(abi)}` : abi === null ? "null" : typeof abi;
  throw new PluginError(
    "argument",
    `could not load: the option abi is ${found}, wanted an adapter; for a plain AssemblyScript module, import { assemblyscript } from "moult/assemblyscript" and give abi: assemblyscript()`,
  );
}
