/** Modules: compiled code and its description; immutable, and shared by all instances. */
import type { WasmModule } from "../../abi/wasm/js-api.ts";
import type { Fittable } from "../contract/bindings.ts";
import type { Description } from "../guest/adapter.ts";
import type { Metering } from "../limits.ts";

export interface PluginModule extends Fittable, Description {
  readonly code: WasmModule;
  /** How the code is metered; nothing where it is not. */
  readonly metering?: Metering | undefined;
  /** Results that every instance needs, computed once. */
  readonly known: Known;
}

/** What follows from the module alone, and so is computed once. */
export interface Known {
  /** The imports that neither the ABI nor the manifest declares. */
  strangers: readonly string[] | undefined;
}
