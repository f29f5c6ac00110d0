/** Modules: compiled code with what it says of itself; immutable, and shared by its instances. */
import type { Manifest } from "../../abi/manifest.ts";
import { printable } from "../../abi/printable.ts";
import type { WasmModule } from "../../abi/wasm/js-api.ts";
import type { Contract } from "../contract/contract.ts";
import type { Binding } from "../contract/view.ts";
import type { Adapter } from "../guest/adapter.ts";

export interface PluginModule {
  readonly code: WasmModule;
  readonly manifest: Manifest;
  readonly adapter: Adapter;
  /** The SHA-256 of the bytes in hexadecimal; unknown for modules that came compiled. */
  readonly digest: string | undefined;
  /** Where it came from, for messages. */
  readonly from: string;
  /** What was worked out of it before, since every instance needs it again. */
  readonly known: Known;
}

/** Follows from a module and nothing else, so it may be worked out once. */
export interface Known {
  /** Its functions as a contract that it fits has them. */
  readonly bindings: WeakMap<Contract, readonly Binding[]>;
  /** Its imports that neither the ABI nor the manifest knows. */
  strangers: readonly string[] | undefined;
  /** Every mutable global of it is exported, and can be set. */
  recoverable: boolean | undefined;
}

export function knownOf(): Known {
  return { bindings: new WeakMap(), strangers: undefined, recoverable: undefined };
}

/** `log-handler 1.2.0`, for messages. */
export function title(module: PluginModule): string {
  return printable(`${module.manifest.name} ${module.manifest.version}`);
}
