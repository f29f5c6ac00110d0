/** The edge towards Node: what the core must not know. */
export { diagnostics } from "./diagnostics.ts";
export { type DirectoryOptions, directoryStore } from "./directory.ts";
export { fileSource } from "./file-source.ts";
export { closeOnSignal, type SignalOptions } from "./signal.ts";
