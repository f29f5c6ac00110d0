/**
 * Types of the engine, as the program's own libraries have them. TypeScript knows WebAssembly by its DOM library alone, which
 * programs for Node leave out: these are opaque there, so that nobody has to skip the check of our declarations.
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
/** What a module says of one of its imports. */
export interface WasmImport {
  readonly module: string;
  readonly name: string;
  readonly kind: string;
}
/** What stands for an imported function: one, or what the engine makes of one that may be suspended. */
export type WasmFunction = (...flat: never[]) => unknown;
