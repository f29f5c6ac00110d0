/** Modules: compiled code with what it says of itself; immutable, and shared by its instances. */
import type { WasmModule } from "../../abi/wasm/js-api.ts";
import type { Fittable } from "../contract/bindings.ts";
import type { Description } from "../guest/adapter.ts";

export interface PluginModule extends Fittable, Description {
  readonly code: WasmModule;
  /** What was worked out of it before, since every instance needs it again. */
  readonly known: Known;
}

/** Follows from a module and nothing else, so it may be worked out once. */
export interface Known {
  /** Its imports that neither the ABI nor the manifest knows. */
  strangers: readonly string[] | undefined;
}
