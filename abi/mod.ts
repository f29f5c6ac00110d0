/**
 * `moult/abi`: the contract between host and guests, for hosts and tools of other authors. Runs no guest code
 * by itself.
 */

export { type Guest, type Layout, layout, lift, lower } from "./canonical/mod.ts";
export { decodeValue, encodeValue } from "./canonical/value-bytes.ts";
export { AbiError, type AbiFault } from "./error.ts";
export { LIMITS } from "./limits.ts";
export { type Manifest, type ManifestFunction, parseManifest, readManifest } from "./manifest.ts";
export { spell } from "./spelling.ts";
export { decode } from "./state/avro/decode.ts";
export { encode } from "./state/avro/encode.ts";
export { fingerprint } from "./state/avro/fingerprint.ts";
export type { Schema } from "./state/avro/schema.ts";
export { parseSchema } from "./state/avro/schema-parser.ts";
export { readSnapshot, type Snapshot, writeSnapshot } from "./state/container.ts";
export { type Passage, passage, type StateOrigin } from "./state/passage.ts";
export { type FunctionType, match, type Param, type TypeCases, type ValueType } from "./type.ts";
export * as v1 from "./v1.ts";
