/** The parts of the contract that the tools of this package use: more than `moult/abi` exports. */

export * from "./canonical/mod.ts";
export {
  argumentsShape,
  decodeShape,
  decodeValue,
  encodeValue,
  Scratch,
  type ValueShape,
  valueShape,
} from "./canonical/value-bytes.ts";
export { AbiError, type AbiFault } from "./error.ts";
export { numberJson } from "./json/number-json.ts";
export { argumentFrom, fromJson, JsonMisfit, toJson } from "./json/value-json.ts";
export { LIMITS } from "./limits.ts";
export * from "./manifest.ts";
export { askedBesides, type PermissionChange, permissionChanges, permissionText } from "./permissions.ts";
export { signature, spell } from "./spelling.ts";
export { type Advice, adviceFor, type Step, type Word } from "./state/advice/advice.ts";
export { adviceText } from "./state/advice/advice-text.ts";
export { chainsIn } from "./state/avro/chains.ts";
export * from "./state/avro/decode.ts";
export * from "./state/avro/differences.ts";
export * from "./state/avro/fingerprint.ts";
export type * from "./state/avro/schema.ts";
export * from "./state/avro/schema-parser.ts";
export { spell as spellState } from "./state/avro/spelling.ts";
export * from "./state/avro/translate.ts";
export * from "./state/container.ts";
export * from "./state/module-state.ts";
export * from "./state/passage.ts";
export * from "./type.ts";
export * as v1 from "./v1.ts";
