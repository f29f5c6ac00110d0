/** What another host a module was made for, judged by its imports and exports. */
import { type Foreign, foreign } from "../../abi/wasm/foreign.ts";
import type { WasmModule } from "../../abi/wasm/js-api.ts";

/** @returns nothing for a module of no known kind */
export function foreignOf(code: WasmModule): Foreign | undefined {
  return foreign({
    imports: WebAssembly.Module.imports(code),
    exports: WebAssembly.Module.exports(code),
    section: (name) => WebAssembly.Module.customSections(code, name).length > 0,
  });
}
