/**
 * Types of the engine, if the program's libraries have them. TypeScript declares WebAssembly only in its DOM
 * library, which Node programs leave out: there these types are opaque, so that such programs need not skip
 * the check of our declarations.
 */
type Known<Name extends string> = typeof globalThis extends {
  readonly WebAssembly: { readonly [N in Name]: { readonly prototype: infer Known } };
}
  ? Known
  : { readonly [engine]: Name };
declare const engine: unique symbol;

/** A `WebAssembly.Module`. */
export type WasmModule = Known<"Module">;
/** A `WebAssembly.Memory`. */
export type WasmMemory = Known<"Memory">;
/** The description of a module's import. */
export interface WasmImport {
  readonly module: string;
  readonly name: string;
  readonly kind: string;
}
/** The value of an imported function: a function, or the engine's object for one that may suspend. */
export type WasmFunction = (...flat: never[]) => unknown;
