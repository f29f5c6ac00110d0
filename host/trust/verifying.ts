/** Verifying: what `load` does with `trust`, for programs that look at modules. */
import { hex } from "../../abi/state/avro/hex.ts";
import { ED25519 } from "../../abi/wasm/signatures.ts";
import { optionsOf } from "../option.ts";
import { checkSigners } from "./demands.ts";
import { base64 } from "./key-bytes.ts";
import { type PublicKey, publicKey } from "./public-key.ts";
import { setsIn, signedParts } from "./signed-parts.ts";
import { signersOf } from "./signers.ts";
import { demandedBy, ownTrust, type Trust } from "./trust.ts";

export interface VerifyOptions extends Trust {
  /** The signature where it lies apart from the module, or several. @default the one in the module */
  readonly signature?: Uint8Array | readonly Uint8Array[];
  /** Where the module comes from, for messages. @default "the module" */
  readonly from?: string;
}

/** A key that has signed all of a module. */
export interface ModuleSigner {
  /** What signatures call it: 24 hexadecimal digits. */
  readonly keyId: string;
  /** Its 32 bytes in base64, as a lock file has them. */
  readonly publicKey: string;
}

/**
 * Checks the signatures of a module, as `load` does. Nothing of it is compiled.
 *
 * @returns those of the keys that have signed all of it
 * @throws PluginError `untrusted`, `bad-signature`; `argument`; `not-wasm`, `component`, `invalid-module`
 */
export async function verify(module: Uint8Array, options: VerifyOptions): Promise<readonly ModuleSigner[]> {
  const { signature = [], from = "the module", ...trust } = optionsOf(options, "verify");
  const demanded = await demandedBy(ownTrust(trust));
  const detached = signature instanceof Uint8Array ? [signature] : signature;
  const examined = { from, bytes: module, detached };
  await checkSigners(examined, demanded, "the option keys");
  const { keys } = await signersOf(examined, demanded.keys);
  return keys.map(({ id, bytes }) => ({ keyId: id, publicKey: base64(bytes) }));
}

/** What a signature in a module says of itself; nothing of it was checked. */
export interface SignatureInfo {
  /** The key that it names, in hexadecimal; empty where it names none. */
  readonly keyId: string;
  /** Of another algorithm, its number. */
  readonly algorithm: "Ed25519" | number;
}

/**
 * The signatures in a module, or in a file of their own. None is checked.
 *
 * @param signature of its own; @default those in the module
 * @throws PluginError `bad-signature`; `not-wasm`, `component`, `invalid-module`
 */
export function signaturesIn(module: Uint8Array, from = "the module"): readonly SignatureInfo[] {
  const { embedded } = signedParts(module, from);
  const sets = embedded ? setsIn(embedded, from, "its signatures") : [];
  return sets.flatMap(({ signatures }) =>
    signatures.map(({ keyId, algorithm }) => ({
      keyId: hex(keyId),
      algorithm: algorithm === ED25519 ? "Ed25519" : algorithm,
    })),
  );
}

/** What signatures call a public key: 24 hexadecimal digits. @throws PluginError `argument` */
export async function keyIdOf(key: PublicKey): Promise<string> {
  return (await publicKey(key, "key")).id;
}
