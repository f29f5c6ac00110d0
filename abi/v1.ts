/** Version 1 of the ABI as data: the names that both sides must spell alike. */

/** An export of this name, never called, says that the module speaks version 1. */
export const MARKER = "moult_abi_1";
/** The custom section that holds the manifest, JSON in UTF-8. */
export const MANIFEST = "moult:manifest";

/** Runs the module's top-level code. Instantiation itself runs no guest code. */
export const INITIALIZE = "_initialize";
/** `(old, oldSize, align, newSize) -> pointer`: where the host puts what it lowers. */
export const REALLOC = "cabi_realloc";
/** Before a function's export name: frees what the function returned. */
export const POST = "cabi_post_";
/** The exported memory's name, whether the guest defines or imports it. */
export const MEMORY_EXPORT = "memory";
/** Imports outside WIT: the memory, made by the host, and AssemblyScript's `abort(message, file, line, column)`. */
export const MEMORY_IMPORT = { module: "env", name: "memory" } as const;
export const ABORT_IMPORT = { module: "env", name: "abort" } as const;
/** Before an index: every mutable global, exported so that an instance can be cloned. */
export const GLOBAL = "moult:global/";

/** Exports of a guest's life: `start()` when it is made, `stop()` when it retires. Both optional. */
export const LIFE = "moult:plugin/life@1.0.0";
export const START = `${LIFE}#start`;
export const STOP = `${LIFE}#stop`;

/**
 * Exports of a guest's state:
 * `save() -> i32` pushes the state through `write`, answers 1, or 0 when `write` asked it to stop;
 * `restore(schema: i32)` pulls state of one of the schemas that the manifest lists (0: its own; n + 1: migration n) through `read`;
 * `check-state() -> i32` (optional) answers 0, or a pointer to a string (`ptr`, `len`, in the manifest's encoding).
 */
export const STATE = "moult:plugin/state@1.0.0";
export const SAVE = `${STATE}#save`;
export const RESTORE = `${STATE}#restore`;
/** `restored()` (optional): runs the author's `onRestore`, after the host has looked at what `restore` made. */
export const RESTORED = `${STATE}#restored`;
export const CHECK_STATE = `${STATE}#check-state`;
/** Imports that the state exports call: `write(ptr, len) -> i32` (1 go on, 0 stop), `read(ptr, max) -> i32` (bytes, 0 at the end). */
export const STATE_WRITE = "write";
export const STATE_READ = "read";
