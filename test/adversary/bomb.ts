/** A bomb: a guest that does one wrong thing, and what has to become of it. */
import { contract, type LoadOptions, type Plugin, wit } from "../../host/mod.ts";
import { type ManifestParts, manifest, wat } from "../faults/guest.ts";

export interface Bomb {
  readonly name: string;
  /** What it is made of, in the text format. Every one has a memory `$m`. */
  readonly fields: string;
  readonly manifest?: ManifestParts;
  readonly options?: LoadOptions;
  /** What its host does with it. @default it is loaded */
  readonly doing?: (plugin: Any, bomb: Bomb) => Promise<unknown>;
  /** How it ends: a part of the whole message. */
  readonly ends: RegExp;
  /** MiB by which its host may grow at most. @default 96 */
  readonly budget?: number;
}

export type Any = Plugin<Record<string, never>> & {
  readonly call: Readonly<Record<string, (...args: unknown[]) => Promise<unknown>>>;
};

const OWNER = "test:adversary/bomb@1.0.0";
export const LOG = `(import "moult:log/log@1.0.0" "write" (func $log (param i32 i32 i32)))`;
export const LOGS = {
  interface: "moult:log/log@1.0.0",
  functions: [
    {
      name: "write",
      params: [
        { name: "level", type: { enum: ["debug", "info", "warn", "error"] } },
        { name: "message", type: "string" },
      ],
    },
  ],
};
export const RANDOM = `(import "wasi:random/random@0.2.0" "get-random-bytes" (func $random (param i64 i32)))`;
export const RANDOMS = {
  interface: "wasi:random/random@0.2.0",
  functions: [{ name: "get-random-bytes", params: [{ name: "len", type: "u64" }], result: { list: "u8" } }],
};
/** Allocates from 1024 on, always the same. */
export const REALLOC = `(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))`;
export const START = `(func (export "moult:plugin/life@1.0.0#start")`;
const STATE = "moult:plugin/state@1.0.0";
export const WRITE = `(import "${STATE}" "write" (func $write (param i32 i32) (result i32)))`;
export const SAVE = `(func (export "${STATE}#save") (result i32)`;
export const RESTORE = `(func (export "${STATE}#restore") (param i32))`;
export const CHECK = `(func (export "${STATE}#check-state") (result i32)`;
export const OPAQUE = {
  state: {
    schema: "bytes",
    fingerprint: "9ae507a9dd39ee5b7c7e285da2c0846521c8ae8d80feeae5504e0c981d53f5fa",
    migrations: [],
    opaque: true,
  },
};

/** The head of an exported function. */
export function exported(name: string, type = ""): string {
  return `(func (export "${OWNER}#${name}") ${type}`;
}

/** The manifest of a module with the function `run`. */
export function runs(result: unknown, more: ManifestParts = {}): ManifestParts {
  const own = { name: "run", params: [], ...(result !== undefined && { result }) };
  return { interface: OWNER, exports: [own], ...more };
}

export function assembled({ fields, manifest: own = runs(undefined) }: Bomb): Promise<Uint8Array> {
  return wat(fields, { manifest: manifest({ name: "bomb", ...own }) });
}

/** What is loaded beside it, and has to serve on. */
export const NEIGHBOUR: Bomb = {
  name: "neighbour",
  fields: `(memory (export "memory") 1) (global $n (export "moult:global/0") (mut i32) (i32.const 0))
    ${exported("run", "(result i32)")}
      (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))`,
  manifest: runs("u32", { globals: 1 }),
  ends: /never/,
};
export const Neighbour = contract("test:adversary/bomb@1", { run: { params: [], returns: wit.u32() } });
