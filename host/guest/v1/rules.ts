/** Rules of version 1 of the ABI that a module's bytes can break visibly, before any of its code runs. */
import type { Manifest } from "../../../abi/manifest.ts";
import { GLOBAL, INITIALIZE } from "../../../abi/v1.ts";
import type { WasmBinary } from "../../../abi/wasm/binary.ts";
import { spellCore } from "../../../abi/wasm/core-type.ts";
import { unservedMemory } from "../../../abi/wasm/limits.ts";

/** @returns why a host could not start, copy or read the module as the ABI says */
export function ruleProblem(binary: WasmBinary, manifest: Manifest): string | undefined {
  return (
    startProblem(binary) ?? memoryProblem(binary) ?? tableProblem(binary) ?? globalProblem(binary, manifest)
  );
}

function startProblem({ start }: WasmBinary): string | undefined {
  if (start === undefined) return undefined;
  return `it has a start section, which runs when it is instantiated; export ${INITIALIZE} instead`;
}

function memoryProblem({ memories }: WasmBinary): string | undefined {
  if (memories.length > 1) return `it has ${memories.length} memories, and a copy of it would have the first`;
  const unserved = memories[0] && unservedMemory(memories[0]);
  return unserved && `its memory is ${unserved}, which hosts do not serve`;
}

/**
 * A table of functions has to stay as the module made it; any other table holds values that no memory has.
 */
function tableProblem({ tables, types }: WasmBinary): string | undefined {
  const kept = tables.find(({ element: { heap } }) => {
    return typeof heap === "number" ? types[heap]?.kind !== "function" : !/^(no)?func$/.test(heap);
  });
  return kept && `it has a table of ${spellCore(kept.element)}, which no copy of it would have`;
}

function globalProblem({ globals, exports }: WasmBinary, manifest: Manifest): string | undefined {
  const mutable = [...globals.entries()].filter(([, global]) => global.mutable);
  const reference = mutable.find(([, { type }]) => typeof type !== "string");
  if (reference)
    return `it has a mutable global of ${spellCore(reference[1].type)}, which no copy of it would have`;
  const { globals: declared } = manifest;
  if (declared === undefined) return undefined;
  const byName = new Map(
    exports.flatMap(({ name, kind, index }) => (kind === "global" ? [[name, index]] : [])),
  );
  const copied = new Set<number>();
  for (let i = 0; i < declared; i++) {
    const index = byName.get(GLOBAL + i);
    if (index === undefined) continue;
    if (copied.has(index)) return "it exports one global under two numbers";
    copied.add(index);
  }
  if (mutable.every(([index]) => copied.has(index))) return undefined;
  return `it has ${mutable.length} mutable globals and exports ${declared}: a copy would be without the others`;
}
