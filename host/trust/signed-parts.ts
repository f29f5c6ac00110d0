/** What is signed of a module, and its signatures; none of them is checked. */
import { Malformed } from "../../abi/wasm/malformed.ts";
import { sectionsOf } from "../../abi/wasm/sections.ts";
import {
  isModule,
  readSignatures,
  type Signed,
  type SignedHashes,
  signedIn,
} from "../../abi/wasm/signatures.ts";
import { type ErrorCode, PluginError } from "../errors.ts";
import { misfit } from "../option.ts";

/** @throws PluginError `argument`, `not-wasm`, `component`, `invalid-module`; `bad-signature` */
export function signedParts(bytes: Uint8Array, from: string): Signed {
  if (!(bytes instanceof Uint8Array)) throw misfit(bytes, from, "the bytes of a module, a Uint8Array");
  if (!isModule(bytes)) {
    const component = bytes[1] === 0x61 && bytes[6] === 1;
    const found = component
      ? "it is a WebAssembly component; wanted a core module"
      : `its ${bytes.length} bytes do not begin as a WebAssembly module`;
    throw new PluginError(component ? "component" : "not-wasm", `could not load ${from}: ${found}`);
  }
  const what = `could not load ${from}: its sections cannot be read`;
  reading("invalid-module", what, () => sectionsOf(bytes));
  return reading("bad-signature", `could not load ${from}: its signatures cannot be read`, () =>
    signedIn(bytes),
  );
}

/** @param what the signatures are, for messages @throws PluginError `bad-signature` */
export function setsIn(signatures: Uint8Array, from: string, what: string): readonly SignedHashes[] {
  return reading("bad-signature", `could not load ${from}: ${what} cannot be read`, () =>
    readSignatures(signatures),
  );
}

function reading<T>(code: ErrorCode, could: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof Malformed)) throw cause;
    throw new PluginError(code, `${could}: ${cause.message}`, { cause });
  }
}
