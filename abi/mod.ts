/**
 * `moult/abi`: the contract between host and guests, for hosts and tools of your own. Runs no guest code by
 * itself.
 */

export { type Advice, adviceFor, type Step, type Word } from "./advice/advice.ts";
export { adviceText } from "./advice/advice-text.ts";
export { chainsIn } from "./avro/chains.ts";
export * from "./avro/fingerprint.ts";
export * from "./avro/resolve.ts";
export type * from "./avro/schema.ts";
export * from "./avro/schema-parser.ts";
export { spell as spellState } from "./avro/spelling.ts";
export * from "./avro/translate.ts";
export * from "./avro.ts";
export * from "./canonical.ts";
export * from "./container.ts";
export { AbiError, type AbiFault } from "./error.ts";
export * from "./manifest.ts";
export { signature, spell } from "./spelling.ts";
export * from "./state.ts";
export * from "./type.ts";
export * as v1 from "./v1.ts";
