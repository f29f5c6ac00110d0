/** Suspending a guest while a grant answers later: JavaScript Promise Integration, where the engine has it. */
import type { WasmFunction } from "../../abi/wasm/js-api.ts";

interface Integration {
  readonly Suspending?: new (implementation: (...flat: never[]) => unknown) => WasmFunction;
  readonly promising?: (core: (...flat: never[]) => unknown) => (...flat: never[]) => Promise<unknown>;
}

export interface Suspension {
  /** An import that may answer a promise. */
  wrap(implementation: (...flat: never[]) => unknown): WasmFunction;
  /** An export that can be suspended in such an import. */
  promise(core: (...flat: never[]) => unknown): (...flat: never[]) => Promise<unknown>;
}

/** `undefined` where the engine cannot (Node 20 and 22, Safari). */
export function suspending(): Suspension | undefined {
  const { Suspending, promising } = WebAssembly as Integration;
  if (!Suspending || !promising) return undefined;
  return { wrap: (implementation) => new Suspending(implementation), promise: promising };
}
