/** The part of the library that needs Node: the core does not import it. */
export { diagnostics } from "./diagnostics.ts";
export { type DirectoryOptions, directoryStore } from "./directory.ts";
export {
  type DirectoryBuckets,
  type DirectoryBucketsOptions,
  directoryBuckets,
} from "./directory-buckets.ts";
export { type DirectoryFabricOptions, directoryFabric } from "./directory-fabric.ts";
export { fileSource } from "./file-source.ts";
export { type FolderOptions, folder } from "./folder.ts";
export { keyFile } from "./key-file.ts";
export { lockFile } from "./lock-file.ts";
export { packages } from "./packages.ts";
export { closeOnSignal, type SignalOptions } from "./signal.ts";
