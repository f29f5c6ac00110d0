/**
 * `moult/capabilities`: capabilities that need a word about their limits, and so come apart from the loader.
 * Each is granted like any other, and denies what its options do not name.
 */
export type { Bucket, Buckets } from "./bucket.ts";
export { type ConfigOptions, type ConfigValues, config } from "./config.ts";
export type { AllowedOrigin } from "./http/allow-list.ts";
export { http } from "./http/http.ts";
export type { HttpOptions } from "./http/policy.ts";
export { type KeyValueOptions, kv } from "./key-value.ts";
export { memoryBuckets } from "./memory-buckets.ts";
