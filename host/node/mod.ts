/** The edge towards Node: what the core must not know. */
export { diagnostics } from "./diagnostics.ts";
export { type DirectoryOptions, directory } from "./directory.ts";
export type { Disk, DiskFile } from "./disk.ts";
export { path } from "./path.ts";
export { closeOnSignal, type SignalOptions } from "./signal.ts";
