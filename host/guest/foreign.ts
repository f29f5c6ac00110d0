/** What a module was made for, by what the engine says of it. */
import { type Foreign, foreign } from "../../abi/wasm/foreign.ts";
import type { WasmModule } from "../../abi/wasm/js-api.ts";

/** Nothing where it is of no known sort. */
export function foreignOf(code: WasmModule): Foreign | undefined {
  return foreign({
    imports: WebAssembly.Module.imports(code),
    exports: WebAssembly.Module.exports(code),
    section: (name) => WebAssembly.Module.customSections(code, name).length > 0,
  });
}
