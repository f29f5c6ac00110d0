/** What an edge needs to keep a fabric. */
export { checkBlob, digestFrom } from "./blob-digest.ts";
export type { ChangeLog } from "./commits.ts";
export { Entries } from "./entries.ts";
export { changeBytes, changeOf, entriesOf, entriesWriter } from "./entries-file.ts";
export type { Change, Fabric } from "./fabric.ts";
export type { BlobKeep } from "./memory-blobs.ts";
export { type Kept, MemoryFabric, type MemoryFabricOptions } from "./memory-fabric.ts";
