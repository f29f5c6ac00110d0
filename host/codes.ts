/** Every code that a `PluginError` can carry. `docs/errors.md` has a heading for each. */
export const CODES = [
  // the source and the module
  "not-found",
  "unavailable",
  "too-large",
  "forbidden-source",
  "integrity",
  "untrusted",
  "bad-signature",
  "lock-differs",
  "bad-lock",
  "not-wasm",
  "component",
  "invalid-module",
  "no-manifest",
  "bad-manifest",
  "abi-too-new",
  "abi-too-old",
  // what the two sides expect of each other
  "bad-contract",
  "mismatch",
  "missing-grant",
  "bad-grant",
  "no-suspension",
  "asks-more",
  "unresolved",
  "broken-dependency",
  "in-use",
  // calls
  "argument",
  "guest-error",
  "trapped",
  "out-of-fuel",
  "out-of-time",
  "grant-failed",
  "swapping",
  "reentrant",
  "queue-full",
  "answers-later",
  "closed",
  "crash-loop",
  // servers
  "denied",
  "bad-peer",
  // stores
  "bad-store",
  "store-failed",
  "store-locked",
  // swaps and state
  "busy",
  "quarantined",
  "probation",
  "not-on-probation",
  "unreplayable",
  "no-state",
  "incompatible-state",
  "bad-snapshot",
  "failed-start",
  "failed-save",
  "failed-restore",
  "failed-check",
  "failed-verify",
  "failed-stop",
  "diverged",
  "too-many-errors",
  "journal-full",
  "deadline",
  "aborted",
  // the host itself
  "no-memory",
  "internal",
] as const;

export type ErrorCode = (typeof CODES)[number];

/** The phases of a swap, in order. `cutover` is one assignment and cannot fail; each of the others can. */
export const PHASES = [
  /** The source is read, compiled and checked, and a twin is made of it. */
  "prepare",
  /** A large state crosses beside what serves, and the calls since run again. */
  "copy",
  /** The caller's `verify` and `warm` look at the twin. */
  "verify",
  /** The gate is closed, and calls in flight end. */
  "quiesce",
  "save",
  "restore",
  "check",
  /** The store learns which version serves from now on, and so which one comes back after a crash. */
  "commit",
  "cutover",
  /** The incumbent is kept, and every call is journaled. */
  "probation",
] as const;

/** The phase that a swap was in when it ended. */
export type Phase = (typeof PHASES)[number];
