/** The parts of an instance: its memory, its globals, and the code that runs when it is made. */
import { v1 } from "../../../abi/tools.ts";
import { twice } from "./duplicates.ts";
import type { Linting } from "./linting.ts";

export function lintMemory(linting: Linting): void {
  lintStart(linting);
  lintLimits(linting);
  lintGlobals(linting);
}

function lintStart({ core, error }: Linting): void {
  if (core?.start)
    error(`it has a start section, which runs when it is instantiated; export ${v1.INITIALIZE} instead`);
}

function lintLimits({ code, core, manifest, error, warn }: Linting): void {
  const { module, name } = v1.MEMORY_IMPORT;
  const imported = WebAssembly.Module.imports(code).some(
    (each) => each.module === module && each.name === name && each.kind === "memory",
  );
  const exported = WebAssembly.Module.exports(code).some(
    (each) => each.name === v1.MEMORY_EXPORT && each.kind === "memory",
  );
  const declared = manifest.memory;
  if (!exported) {
    const problem = `it has no export ${v1.MEMORY_EXPORT}, which the ABI calls for`;
    if (imported) warn(`${problem}; hosts use the one that it imports`);
    else error(problem);
  }
  if (declared && !imported) error("its manifest says how large an imported memory is, and it imports none");
  if (imported && !declared)
    error(`it imports ${module}.${name}, and its manifest does not say how large it is`);
  for (const { unserved } of core?.memories ?? []) {
    if (unserved) error(`its memory is ${unserved}, which hosts do not serve`);
  }
  const wanted = core?.memory;
  if (!imported || !declared || !wanted) return;
  const pages = (count: number) => `${count} page${count === 1 ? "" : "s"}`;
  if (declared.initial < wanted.initial) {
    error(
      `its manifest says ${pages(declared.initial)} of memory, and it imports ${pages(wanted.initial)} or more`,
    );
  }
  if (wanted.maximum !== undefined && (declared.maximum === undefined || declared.maximum > wanted.maximum)) {
    const most = declared.maximum === undefined ? "any number of pages" : `up to ${pages(declared.maximum)}`;
    error(`its manifest says ${most} of memory, and it imports ${pages(wanted.maximum)} at most`);
  }
}

/**
 * All mutable globals have to be exported, so that an instance can be copied: to be saved, checked, or
 * restored.
 */
function lintGlobals({ code, core, manifest, error, warn }: Linting): void {
  const kinds = new Map(WebAssembly.Module.exports(code).map(({ name, kind }) => [name, kind]));
  const exported = [...kinds.keys()].filter((name) => name.startsWith(v1.GLOBAL));
  const declared = manifest.globals;
  if (declared === undefined) {
    if (exported.length > 0)
      warn(`it exports ${exported[0]}, and its manifest does not say how many globals there are`);
    if (manifest.state)
      warn("it does not export its mutable globals, so it cannot be copied: a save that traps ends it");
    return;
  }
  for (let i = 0; i < declared; i++) {
    const name = v1.GLOBAL + i;
    if (kinds.get(name) !== "global") {
      error(`it has no export ${name}, and its manifest says that there are ${declared}`);
      return;
    }
    if (core?.mutableGlobals !== undefined && !core.exportedGlobals.get(name)?.mutable) {
      error(`its export ${name} is no global that can be set`);
    }
  }
  if (exported.length > declared)
    warn(`it exports ${exported.length} globals to be copied, and its manifest says ${declared}`);
  const indices = exported.map((name) => String(core?.exportedGlobals.get(name)?.index));
  const same = core ? twice(indices) : [];
  if (same.length > 0) error("it exports one global under two numbers");
  else if (core?.mutableGlobals !== undefined && core.mutableGlobals > declared) {
    error(
      `it has ${core.mutableGlobals} mutable globals and exports ${declared}: a copy would be without the others`,
    );
  }
}
