/** Version 1 of the ABI as data: names that both sides have to spell alike. */

/** An export of this name, which is never called, declares that the module speaks version 1. */
export const MARKER = "moult_abi_1";
/** The custom section with the manifest, JSON in UTF-8. */
export const MANIFEST = "moult:manifest";

/** Runs the module's top-level code. Instantiation itself runs no guest code. */
export const INITIALIZE = "_initialize";
/** `(old, oldSize, align, newSize) -> pointer`: allocates memory for values that the host lowers. */
export const REALLOC = "cabi_realloc";
/** The prefix before a function's export name: frees the memory of the function's result. */
export const POST = "cabi_post_";
/** The exported memory's name, whether the guest defines or imports it. */
export const MEMORY_EXPORT = "memory";
/**
 * Imports outside of WIT: the memory, made by the host, and AssemblyScript's `abort(message, file, line,
 * column)`.
 */
export const MEMORY_IMPORT = { module: "env", name: "memory" } as const;
export const ABORT_IMPORT = { module: "env", name: "abort" } as const;
/** The prefix before an index: every mutable global is exported so that an instance can be cloned. */
export const GLOBAL = "moult:global/";

/** Exports for a guest's life: `start()` when it is made, `stop()` when it retires. Both are optional. */
export const LIFE = "moult:plugin/life@1.0.0";
export const START = `${LIFE}#start`;
export const STOP = `${LIFE}#stop`;

/**
 * Exports for a guest's state: `save() -> i32` pushes the state through `write`, and answers 1, or 0 when
 * `write` stopped it; `restore(schema: i32)` pulls a state through `read`, of one of the schemas in the
 * manifest (0: its own; n + 1: migration n); `check-state() -> i32` (optional) answers 0, or a pointer to a
 * string (`ptr`, `len`, in the manifest's encoding).
 */
export const STATE = "moult:plugin/state@1.0.0";
export const SAVE = `${STATE}#save`;
export const RESTORE = `${STATE}#restore`;
/**
 * `restored()` (optional): runs the author's `onRestore`, after the host has compared what `restore` made.
 */
export const RESTORED = `${STATE}#restored`;
export const CHECK_STATE = `${STATE}#check-state`;
/**
 * Imports that the state exports call: `write(ptr, len) -> i32` (1 go on, 0 stop), `read(ptr, max) -> i32`
 * (bytes, 0 at the end).
 */
export const STATE_WRITE = "write";
export const STATE_READ = "read";
