/** Suspending a guest while a grant's promise is pending: JSPI, where the engine has it. */
import type { WasmFunction } from "../../abi/wasm/js-api.ts";

interface Integration {
  readonly Suspending?: new (implementation: (...flat: never[]) => unknown) => WasmFunction;
  readonly promising?: (core: (...flat: never[]) => unknown) => (...flat: never[]) => Promise<unknown>;
}

export interface Suspension {
  /** Makes an import that may answer a promise. */
  wrap(implementation: (...flat: never[]) => unknown): WasmFunction;
  /** Makes an export that such an import can suspend. */
  promise(core: (...flat: never[]) => unknown): (...flat: never[]) => Promise<unknown>;
}

/** @returns `undefined` where the engine cannot suspend guests (Node 20 and 22, Safari) */
export function suspending(): Suspension | undefined {
  const { Suspending, promising } = WebAssembly as Integration;
  if (!Suspending || !promising) return undefined;
  return { wrap: (implementation) => new Suspending(implementation), promise: promising };
}
