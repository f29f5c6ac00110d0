/** The memory of a plain module: its own, the host's, or none. */

import { printable } from "../../../abi/printable.ts";
import type { WasmImport } from "../../../abi/wasm/js-api.ts";
import { unservedMemory } from "../../../abi/wasm/limits.ts";
import { PluginError } from "../../errors.ts";
import type { Compiled } from "../adapter.ts";
import type { Wanted } from "../memory-pool.ts";

export interface PlainMemory {
  /** The import of a memory that the host makes, with its size. */
  readonly wanted: (Wanted & Pick<WasmImport, "module" | "name">) | undefined;
  /** The name under which the memory is exported; AssemblyScript's is `memory`. */
  readonly exported: string | undefined;
}

/** The name of the memory in AssemblyScript and its loader. */
export const MEMORY = "memory";

/**
 * @throws PluginError `mismatch` for a memory that no host can provide; `invalid-module` where its size is
 * unknown
 */
export function memoryOf({ code, binary, from }: Compiled): PlainMemory {
  const refuse = (problem: string) => new PluginError("mismatch", `could not load ${from}: ${problem}`);
  const imported = WebAssembly.Module.imports(code).filter(({ kind }) => kind === "memory");
  if (imported.length > 1) {
    throw refuse(`it imports ${imported.length} memories, and a host gives one at most`);
  }
  for (const each of binary?.memories ?? []) {
    const unserved = unservedMemory(each);
    if (unserved !== undefined) throw refuse(`its memory is ${unserved}, which hosts do not serve`);
  }
  const names = WebAssembly.Module.exports(code).flatMap(({ name, kind }) =>
    kind === "memory" ? [name] : [],
  );
  const exported = names.includes(MEMORY) ? MEMORY : names[0];
  const [own] = imported;
  if (!own) return { wanted: undefined, exported };
  const limits = binary?.memories[0];
  if (!limits) {
    throw new PluginError(
      "invalid-module",
      `could not load ${from}: it imports its memory, and a compiled module does not tell how large; load its bytes`,
    );
  }
  const { module, name } = own;
  return { wanted: { module, name, initial: limits.initial, maximum: limits.maximum }, exported };
}

/**
 * Why the loader, which only knows an exported `memory`, cannot reach the objects in it; nothing where it
 * can.
 */
export function unreachable({ wanted, exported }: PlainMemory): string | undefined {
  if (exported === MEMORY) return undefined;
  if (exported !== undefined)
    return `its memory is exported as "${printable(exported, 200)}", wanted "${MEMORY}"`;
  return wanted
    ? "it imports its memory and does not export it; build it without --noExportMemory"
    : "it has no memory that a host could reach; build it without --noExportMemory";
}
