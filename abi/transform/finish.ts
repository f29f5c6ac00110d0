/** Completes the compiled module: gives exports their names, and adds the manifest. */
import type { Manifest } from "../manifest.ts";
import { kebabCase } from "../type.ts";
import { ABORT_IMPORT, GLOBAL, MANIFEST, MEMORY_IMPORT, STATE } from "../v1.ts";
import type { Capability } from "./capability.ts";
import type { Binaryen, Module } from "./compiler.ts";
import { manifestFunctions } from "./value-type.ts";

/** An export of the generated file, and its names in the ABI. */
export interface Naming {
  readonly identifier: string;
  readonly names: readonly string[];
}

/** Gives exports their names; an export without a name in the ABI is removed. */
export function rename(module: Module, binaryen: Binaryen, namings: readonly Naming[]): void {
  const internal = new Map<string, string>();
  for (let index = 0; index < module.getNumExports(); index++) {
    const { name, value } = binaryen.getExportInfo(module.getExportByIndex(index));
    internal.set(name, value);
  }
  for (const { identifier, names } of namings) {
    const value = internal.get(identifier);
    if (value === undefined) throw new Error(`the compiler did not export ${identifier}`);
    module.removeExport(identifier);
    for (const name of names) module.addFunctionExport(value, name);
  }
}

/** Exports every mutable global, so that a host can clone an instance. Returns their number. */
export function exportGlobals(module: Module, binaryen: Binaryen): number {
  let count = 0;
  for (let index = 0; index < module.getNumGlobals(); index++) {
    const { name, mutable } = binaryen.getGlobalInfo(module.getGlobalByIndex(index));
    if (mutable) module.addGlobalExport(name, GLOBAL + count++);
  }
  return count;
}

export interface Imports {
  /** The interfaces that the code uses, with the functions that it uses. */
  readonly manifest: Manifest["imports"];
  /** Imports that no capability describes. */
  readonly unknown: readonly UnknownImport[];
}

export interface UnknownImport {
  readonly module: string;
  readonly name: string;
  readonly kind: "function" | "global";
  /** The compiler's name for it. */
  readonly internal: string;
}

/**
 * Reads the imports of the compiled code. Imports that no export reaches are removed by then, at every level
 * of optimization.
 */
export function importsOf(module: Module, binaryen: Binaryen, capabilities: readonly Capability[]): Imports {
  module.runPasses(["remove-unused-module-elements"]);
  const used = new Map<string, Set<string>>();
  const unknown: UnknownImport[] = [];
  for (let index = 0; index < module.getNumFunctions(); index++) {
    const { module: from, base, name } = binaryen.getFunctionInfo(module.getFunctionByIndex(index));
    if (!from || !base) continue;
    if (from === STATE || (from === ABORT_IMPORT.module && base === ABORT_IMPORT.name)) continue;
    const known = capabilities.some(
      (one) => one.interface === from && one.functions.some(({ shape }) => kebabCase(shape.name) === base),
    );
    if (!known) unknown.push({ module: from, name: base, kind: "function", internal: name });
    else used.set(from, (used.get(from) ?? new Set()).add(base));
  }
  for (let index = 0; index < module.getNumGlobals(); index++) {
    const { module: from, base, name } = binaryen.getGlobalInfo(module.getGlobalByIndex(index));
    if (from && base) unknown.push({ module: from, name: base, kind: "global", internal: name });
  }
  const manifest = [...used]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, bases]) => {
      // Two classes may declare parts of one interface, and both may declare the same function.
      const declared = capabilities.filter((one) => one.interface === name).flatMap((one) => one.functions);
      const functions = new Map(
        manifestFunctions(declared.map(({ shape }) => shape)).map((one) => [one.name, one]),
      );
      return { interface: name, functions: [...functions.values()].filter((one) => bases.has(one.name)) };
    });
  return { manifest, unknown };
}

export function memoryOf(module: Module): Manifest["memory"] {
  const { module: from, initial, max } = module.getMemoryInfo();
  if (from !== MEMORY_IMPORT.module) return undefined;
  return max === undefined ? { initial } : { initial, maximum: max };
}

export function addManifest(module: Module, manifest: Manifest): void {
  module.addCustomSection(MANIFEST, new TextEncoder().encode(JSON.stringify(manifest)));
}

/** The export names of a function of the interface, without and with `cabi_post_`. */
export function exportName(name: string, from: string | undefined): string {
  return from === undefined ? kebabCase(name) : `${from}#${kebabCase(name)}`;
}
