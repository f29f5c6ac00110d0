/** The imports of a module: what the ABI provides, what its manifest asks for, and nothing else. */
import { v1 } from "../../../abi/tools.ts";
import { type CoreShape, coreShape, shape } from "./lint-exports.ts";
import type { Linting } from "./linting.ts";

const TWO: CoreShape = { params: ["i32", "i32"], results: ["i32"] };
const PROVIDED: ReadonlyMap<string, CoreShape> = new Map([
  [key(v1.ABORT_IMPORT.module, v1.ABORT_IMPORT.name), { params: ["i32", "i32", "i32", "i32"], results: [] }],
  [key(v1.STATE, v1.STATE_WRITE), TWO],
  [key(v1.STATE, v1.STATE_READ), TWO],
]);
const MEMORY = key(v1.MEMORY_IMPORT.module, v1.MEMORY_IMPORT.name);

export function lintImports({ code, core, manifest, error, warn }: Linting): void {
  const asked = new Map<string, CoreShape | undefined>();
  for (const owner of manifest.imports) {
    for (const each of owner.functions) {
      const name = `${owner.interface}, ${each.name}`;
      asked.set(
        key(owner.interface, each.name),
        coreShape(each, "import", (problem) => error(`its import ${name} cannot be called: ${problem}`)),
      );
    }
  }
  const used = new Set<string>();
  const types = new Map(core?.imports.map((each) => [key(each.module, each.name), each]));
  for (const { module, name, kind } of WebAssembly.Module.imports(code)) {
    const at = key(module, name);
    used.add(at);
    const wanted = PROVIDED.get(at) ?? asked.get(at);
    if (at === MEMORY && kind === "memory") continue;
    if ((!PROVIDED.has(at) && !asked.has(at)) || kind !== "function") {
      error(`it imports ${module}.${name} (${kind}), which neither the ABI provides nor its manifest lists`);
      continue;
    }
    const found = types.get(at);
    if (core && !found) error(`its import ${module}.${name} takes or answers values that hosts cannot make`);
    else if (found && wanted && shape(found) !== shape(wanted)) {
      error(`its import ${module}.${name} is ${shape(found)}, and the ABI wants ${shape(wanted)}`);
    }
  }
  for (const owner of manifest.imports) {
    const unused = owner.functions.filter((each) => !used.has(key(owner.interface, each.name)));
    if (unused.length === 0) continue;
    const names = unused.map((each) => each.name).join(", ");
    warn(`its manifest asks for ${owner.interface} (${names}), and it does not import that`);
  }
}

function key(module: string, name: string): string {
  return `${module}#${name}`;
}
