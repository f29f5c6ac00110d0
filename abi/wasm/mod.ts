/** WebAssembly modules as bytes, read without running them. */
export { type Body, WasmBinary } from "./binary.ts";
export { spellCore, spellCoreFunction } from "./core-type.ts";
export type { Export, ExternalKind, Import } from "./external.ts";
export { type Foreign, foreign } from "./foreign.ts";
export { type Limits, unservedMemory } from "./limits.ts";
export { Malformed } from "./malformed.ts";
export { functionNames } from "./names.ts";
export type { Section } from "./sections.ts";
