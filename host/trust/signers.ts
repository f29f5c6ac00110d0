/** Signers: the keys that have signed all of a module. */

import { verifies } from "#ed25519";
import { digestOf } from "../../abi/state/avro/digest.ts";
import { hex } from "../../abi/state/avro/hex.ts";
import { ED25519, type Signature, type SignedHashes, signedMessage } from "../../abi/wasm/signatures.ts";
import { PluginError, reason } from "../errors.ts";
import { der } from "./key-bytes.ts";
import type { Key } from "./public-key.ts";
import { setsIn, signedParts } from "./signed-parts.ts";

/** A module whose signatures are looked at. */
export interface Examined {
  readonly from: string;
  readonly bytes: Uint8Array;
  /** Signatures that came apart from it. */
  readonly detached: readonly Uint8Array[];
}

export interface Signers {
  /** Those of the keys that have signed all of it. */
  readonly keys: readonly Key[];
  /** Finds out why other keys do not count, for messages. */
  why(): Promise<string>;
}

/** Bytes that are signed, and signatures that may be of them. */
interface Claim {
  /** Where the bytes begin. */
  readonly from: number;
  readonly ends: readonly number[];
  /** SHA-256 of all of them, in hexadecimal. */
  readonly digest: string;
  readonly sets: readonly SignedHashes[];
}

/**
 * Finds the signers among some keys. A signature counts only if it is of every byte: an embedded one of all
 * bytes behind its section, a detached one of all behind the header.
 *
 * @throws PluginError `bad-signature` for signatures that cannot be read, and for one of a given key that is
 * not genuine; `untrusted` where the engine cannot check signatures
 */
export async function signersOf(module: Examined, keys: readonly Key[]): Promise<Signers> {
  const claims = await claimsOf(module);
  const found = new Set<Key>();
  for (const { digest, sets } of claims) {
    for (const { hashes, signatures } of sets) {
      if (hex(hashes.at(-1)!) !== digest) continue;
      for (const key of await genuine(module.from, { hashes, signatures }, keys)) found.add(key);
    }
  }
  const signers = keys.filter((key) => found.has(key));
  return { keys: signers, why: () => reasonFor(module, claims, { signers, keys }) };
}

async function claimsOf({ from, bytes, detached }: Examined): Promise<readonly Claim[]> {
  const { embedded, from: start, ends } = signedParts(bytes, from);
  const claims = detached.map((each, i) => ({ from: 8, each, what: `the detached signature ${i + 1}` }));
  if (embedded) claims.unshift({ from: start, each: embedded, what: "its signatures" });
  return Promise.all(
    claims.map(async ({ from: at, each, what }) => ({
      from: at,
      ends,
      sets: setsIn(each, from, what),
      digest: await digestOf(bytes.subarray(at) as Uint8Array<ArrayBuffer>),
    })),
  );
}

/** The keys of the genuine signatures of a set. A signature that names a key has to be of it. */
async function genuine(
  from: string,
  { hashes, signatures }: SignedHashes,
  keys: readonly Key[],
): Promise<readonly Key[]> {
  const message = signedMessage(hashes);
  const found: Key[] = [];
  for (const signature of signatures) {
    for (const key of candidates(signature, keys)) {
      if (await isOf(from, { key, signature, message })) found.push(key);
      else if (signature.keyId.length > 0) {
        const why = `a signature that names the key ${key.id} is not of that key: it, or what it is of, was changed`;
        throw new PluginError("bad-signature", `could not load ${from}: ${why}`);
      }
    }
  }
  return found;
}

/** The keys that a signature may be of: the one that it names, or any. */
function candidates({ keyId, algorithm }: Signature, keys: readonly Key[]): readonly Key[] {
  if (algorithm !== ED25519) return [];
  const id = hex(keyId);
  return id === "" ? keys : keys.filter((key) => key.id === id);
}

async function isOf(
  from: string,
  {
    key,
    signature,
    message,
  }: { readonly key: Key; readonly signature: Signature; readonly message: Uint8Array<ArrayBuffer> },
): Promise<boolean> {
  try {
    return await verifies(der(key.bytes, "public"), message, Uint8Array.from(signature.bytes));
  } catch (cause) {
    const why = `this engine cannot check Ed25519 signatures: ${reason(cause)}`;
    throw new PluginError("untrusted", `could not load ${from}: ${why}`, { cause });
  }
}

/** The most beginnings of a module that are hashed, to say what a signature is of. */
const MOST_PARTS = 8;

/** Why keys are no signers: told of what they have signed, where that is known. */
async function reasonFor(
  module: Examined,
  claims: readonly Claim[],
  { signers, keys }: { readonly signers: readonly Key[]; readonly keys: readonly Key[] },
): Promise<string> {
  const missing = keys.filter((key) => !signers.includes(key));
  for (const claim of claims) {
    for (const set of claim.sets) {
      const last = hex(set.hashes.at(-1)!);
      if (last === claim.digest) continue;
      const [key] = await genuine(module.from, set, missing);
      if (!key) continue;
      const part = await partOf(module.bytes, claim, last);
      if (part === undefined)
        return `the signature of the key ${key.id} is genuine, but of other bytes: something was changed`;
      const whole = module.bytes.length;
      return `the key ${key.id} signed only a part, up to byte ${part} of ${whole}`;
    }
  }
  const all = claims.flatMap(({ sets }) => sets.flatMap(({ signatures }) => signatures));
  if (all.length === 0) return "it is not signed";
  const strangers = [...new Set(all.map(({ keyId }) => hex(keyId) || "one without a name"))].filter(
    (id) => !signers.some((key) => key.id === id),
  );
  if (strangers.length === 0) return "no other key has signed it";
  return `its ${signers.length > 0 ? "other " : ""}signatures name the keys ${strangers.slice(0, 4).join(", ")}${strangers.length > 4 ? " …" : ""}`;
}

/** Where the part ends that has a hash; nothing if none has. */
async function partOf(bytes: Uint8Array, { from, ends }: Claim, hash: string): Promise<number | undefined> {
  for (const end of ends.slice(0, MOST_PARTS)) {
    if (end <= from) continue;
    if ((await digestOf(bytes.subarray(from, end) as Uint8Array<ArrayBuffer>)) === hash) return end;
  }
  return undefined;
}
