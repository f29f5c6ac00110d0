/**
 * Adapters: one for each ABI of modules, all with one interface. A new ABI is a new adapter, never an `if`.
 */
import type { Guest } from "../../abi/canonical/memory.ts";
import type { Manifest } from "../../abi/manifest.ts";
import type { FunctionType } from "../../abi/type.ts";
import type { WasmBinary } from "../../abi/wasm/binary.ts";
import type { WasmFunction, WasmImport, WasmModule } from "../../abi/wasm/js-api.ts";
import type { Fittable } from "../contract/bindings.ts";
import { PluginError } from "../errors.ts";
import type { DoorOut } from "../grant/door-out.ts";
import type { Metering } from "../limits.ts";
import type { Lent, MemoryPool } from "./memory-pool.ts";

/**
 * Implements one ABI. The `load` option `abi` takes one for modules of another ABI than moult's own: `abi:
 * assemblyscript()`.
 */
export interface Adapter {
  /**
   * Finds out what a module is, before anything of it runs. What its manifest says of its state was checked
   * then.
   *
   * @throws PluginError for a module that does not speak this ABI, or not as it should
   */
  describe(module: Compiled): Description | PromiseLike<Description>;
}

/** A module that the engine has compiled. */
export interface Compiled {
  readonly code: WasmModule;
  /** What its bytes show; missing for a module that came compiled. */
  readonly binary: WasmBinary | undefined;
  /** Where it came from, for messages. */
  readonly from: string;
  /** How it is metered: two exports of `code` are the host's own. */
  readonly metering?: Metering | undefined;
}

/** What an adapter has found out about a module. */
export interface Description extends Pick<Fittable, "typed" | "fit" | "warnings"> {
  /** Read from the module or, for guests that know nothing of moult, made up by the adapter. */
  readonly manifest: Manifest;
  /** What its bytes show that the ABI forbids; no instance of it is made. */
  readonly problem?: string | undefined;
  /**
   * For a module whose imports no grant can serve: what it seems to be made for, and what would help. The end
   * of a sentence.
   */
  readonly foreign?: string | undefined;
  /** Whether the ABI itself provides an import, so that no grant is needed. */
  provides(wanted: WasmImport): boolean;
  /**
   * Makes an instance. Runs no guest code where the ABI allows that.
   * @throws PluginError `mismatch` for a module with a `problem`
   */
  instantiate(host: HostImports, options: InstanceOptions): Instance;
}

/** What a generation was granted, as imports of its instance. */
export interface HostImports {
  /** Whether any granted function answers a promise, so that calls are suspended. */
  readonly asynchronous: boolean;
  /** The door that every import goes through; once it is shut, nothing is called. */
  readonly out: DoorOut;
  /** The granted interfaces, as a part of the import object, lifted and lowered by the Canonical ABI. */
  imports(guest: () => Guest): Record<string, Record<string, WasmFunction>>;
  /**
   * A granted function that takes and answers JavaScript values, for adapters with their own lifting and
   * lowering.
   */
  granted(owner: string, name: string): (...args: unknown[]) => unknown;
}

export interface InstanceOptions {
  /**
   * Pages of memory to begin with, where the host makes the memory: allocated and touched before the pause of
   * a swap.
   */
  readonly pages?: number | undefined;
  readonly memories: MemoryPool;
  /** The memory that it gets, if it takes one: of `memories`. @default one of `pages` */
  readonly lent?: Lent | undefined;
  /** Bytes of state that it may save. @default 536_870_912 (512 MiB) */
  readonly maxStateBytes?: number | undefined;
  /** Bytes of the host's memory that the values of one call may take. @default 536_870_912 (512 MiB) */
  readonly maxValueBytes?: number | undefined;
  /** Pages that a memory made for it may grow to. @default as many as the module says */
  readonly maxPages?: number | undefined;
  /** How the module is metered; nothing where it is not. */
  readonly metering?: Metering | undefined;
}

/** How a state that was saved again differs from the one that was restored. */
export interface Difference {
  /** The offset of the first differing byte. */
  readonly at: number;
  /** The number of bytes of the new save. */
  readonly size: number;
}

/** All that an instance of a module has become since it was made. It can be sent to another thread. */
export interface InstanceImage {
  readonly memory: Uint8Array<ArrayBuffer>;
  readonly globals: readonly unknown[];
}

/** A module with memory. Every error that these methods throw is a trap, apart from `argument` errors. */
export interface Instance {
  /** The typed function of an export. @throws PluginError `mismatch` when the module has no such export */
  bind(name: string, type: FunctionType, onErr: (payload: unknown) => never): (...args: never[]) => unknown;
  /** Runs top-level code, then the start hook. */
  start(): void;
  /** Runs the stop hook. */
  stop(): void;
  /**
   * Saves the state: a bare datum of the manifest's schema. It reuses the memory of `spent` if there is room.
   */
  save(spent?: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  /**
   * Saves again, and compares with the restored datum.
   * @returns the difference, or nothing when they are equal
   */
  compare(datum: Uint8Array): Difference | undefined;
  /** Restores the state from a datum of the module's own schema (0) or of migration `schema - 1`. */
  restore(schema: number, datum: Uint8Array): void;
  /** Runs the hook that follows a restore. */
  restored(): void;
  /** What the guest finds wrong with its own state; `undefined` when nothing is. */
  checkState(): string | undefined;
  /** Takes over the memory and every mutable global of another instance of the same module, wherever that is. */
  become(other: Instance | InstanceImage): void;
  /** The same of an image, so many bytes at a time: other work may have its turn after each. Nothing of it runs meanwhile. */
  becoming(image: InstanceImage, slice: number): Iterable<void>;
  /**
   * A copy of its memory and of every mutable global. Only where `become` can work.
   * @param into where the memory goes, if that has its size
   */
  image(into?: Uint8Array<ArrayBuffer>): InstanceImage;
  /** Whether `become` can work. */
  readonly recoverable: boolean;
  /** Says whether the calls that follow are run again, so that they have the fuel of hooks. */
  again(on: boolean): void;
  /** Units of fuel that were used since the tank was last filled; nothing without one. */
  readonly fuelUsed: number | undefined;
  /** The number of pages of its memory now. */
  pages(): number;
  /**
   * Ends the instance: nothing of it can run any more.
   * @param reusable whether its memory may go to another instance, since nothing of this one is running or
   * suspended
   */
  release(reusable: boolean): void;
}

/** @throws PluginError `argument` for anything that is not an adapter, such as a name */
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
