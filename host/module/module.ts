/** Modules: compiled code and its description; immutable, and shared by all instances. */
import type { WasmModule } from "../../abi/wasm/js-api.ts";
import type { Fittable } from "../contract/bindings.ts";
import type { Description } from "../guest/adapter.ts";

export interface PluginModule extends Fittable, Description {
  readonly code: WasmModule;
  /** Results that every instance needs, computed once. */
  readonly known: Known;
}

/** What follows from the module alone, and so is computed once. */
export interface Known {
  /** The imports that neither the ABI nor the manifest declares. */
  strangers: readonly string[] | undefined;
}
