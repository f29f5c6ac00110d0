/** Guests written by hand in the text format. */
import wabt from "wabt";
import { type Guest, Views } from "../../abi/canonical/mod.ts";

export interface WatGuest extends Guest {
  readonly exports: Record<string, (...flat: never[]) => unknown>;
}

/** Exports `memory` and `cabi_realloc`; what is allocated lies from 1024 on, aligned, one after the other. */
export const ALLOCATOR = `
  (memory (export "memory") 1)
  (global $top (mut i32) (i32.const 1024))
  (func $cabi_realloc (export "cabi_realloc") (param $old i32) (param $was i32) (param $align i32) (param $size i32)
    (result i32)
    (local $at i32)
    (local.set $at (i32.and
      (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (global.set $top (i32.add (local.get $at) (local.get $size)))
    (local.get $at))`;

export interface WatOptions {
  readonly strings?: Guest["strings"];
  readonly imports?: (guest: () => Guest) => WebAssembly.Imports;
}

export async function watGuest(fields: string, options: WatOptions = {}): Promise<WatGuest> {
  const { strings = "utf8", imports = () => ({}) } = options;
  const { parseWat } = await wabt();
  const bytes = parseWat("guest.wat", `(module ${fields})`).toBinary({}).buffer as Uint8Array<ArrayBuffer>;
  let guest: WatGuest | undefined;
  const { instance } = await WebAssembly.instantiate(
    bytes,
    imports(() => guest!),
  );
  const { memory, cabi_realloc } = instance.exports;
  guest = {
    memory: new Views(memory as WebAssembly.Memory),
    realloc: cabi_realloc as Guest["realloc"],
    strings,
    exports: instance.exports as WatGuest["exports"],
  };
  return guest;
}

export const refuse = (payload: unknown): never => {
  throw new Error(`err: ${JSON.stringify(payload)}`);
};
