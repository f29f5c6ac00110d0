/** Signing: an author's half of trust. */
import { publicOf, signatureOf, verifies } from "#ed25519";
import { digestOf } from "../../abi/state/avro/digest.ts";
import { hex } from "../../abi/state/avro/hex.ts";
import {
  ED25519,
  type Signed,
  type SignedHashes,
  signedMessage,
  withSignatures,
  writeSignatures,
} from "../../abi/wasm/signatures.ts";
import type { Awaitable } from "../awaitable.ts";
import { PluginError, reason } from "../errors.ts";
import { checkFlag, optionsOf } from "../option.ts";
import { der, keyBytes, pem } from "./key-bytes.ts";
import { bytesOf } from "./key-id.ts";
import { type Key, type PublicKey, publicKey, unusable } from "./public-key.ts";
import { setsIn, signedParts } from "./signed-parts.ts";

/**
 * An Ed25519 private key: PEM (PKCS #8), or as bytes, base64 or hexadecimal: its seed of 32 bytes, seed and
 * public key (64), the 65 that wasmsign2 writes, or PKCS #8 in DER.
 */
export type PrivateKey = string | Uint8Array;

/** A key that signs elsewhere: in a key store, or on a card. */
export interface Signer {
  readonly publicKey: PublicKey;
  /** @returns the 64 bytes of an Ed25519 signature of the message */
  sign(message: Uint8Array): Awaitable<Uint8Array>;
}

export interface SignOptions {
  /** A function is asked once. */
  readonly key: PrivateKey | Signer | (() => Awaitable<PrivateKey | Signer>);
  /** Answers the signature alone, for a file of its own; the module stays as it is. @default false */
  readonly detached?: boolean;
}

const WANTED =
  "an Ed25519 private key: PEM (BEGIN PRIVATE KEY), or its seed of 32 bytes, also in base64 or hexadecimal";

/** A pair of new keys, as PEM. Keep the private one where nobody else reads it. */
export async function newKeys(): Promise<{ readonly privateKey: string; readonly publicKey: string }> {
  const seed = crypto.getRandomValues(new Uint8Array(32));
  return { privateKey: pem(seed, "private"), publicKey: pem(await publicOf(der(seed, "private")), "public") };
}

/** The public key of a private one, as PEM. @throws PluginError `argument` */
export async function publicKeyOf(key: PrivateKey): Promise<string> {
  return pem(await publicOf(der(seedOf(key), "private")), "public");
}

/**
 * Signs all of a module. Signatures of others that are of just these bytes stay; one of the same key is made
 * anew.
 *
 * @returns the module with the signature in it; with `detached`, the signature
 * @throws PluginError `argument` for keys that cannot be used; `not-wasm`, `component`, `invalid-module`;
 * `bad-signature` for signatures in it that cannot be read
 */
export async function sign(module: Uint8Array, options: SignOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { key: given, detached = false } = optionsOf(options, "sign");
  checkFlag(detached, "detached");
  const { key, sign } = await signerOf(given);
  // A detached signature is of the embedded ones too.
  const parts = signedParts(module, "the module");
  const from = detached ? 8 : parts.from;
  const hashes = await hashesOf(module, { ...parts, from });
  const bytes = await sign(signedMessage(hashes));
  const own = { keyId: bytesOf(key.id), algorithm: ED25519, bytes };
  const others = detached ? [] : othersIn(parts, hashes, key);
  const signatures = writeSignatures([{ hashes, signatures: [...others, own] }]);
  return detached ? signatures : withSignatures(module, signatures);
}

async function hashesOf(module: Uint8Array, { from, ends }: Signed): Promise<readonly Uint8Array[]> {
  const own = ends.filter((end) => end > from);
  return Promise.all(
    own.map(async (end) => bytesOf(await digestOf(module.subarray(from, end) as Uint8Array<ArrayBuffer>))),
  );
}

/** The signatures of other keys that are of the same hashes. */
function othersIn({ embedded }: Signed, hashes: readonly Uint8Array[], key: Key): SignedHashes["signatures"] {
  if (!embedded) return [];
  const same = (set: SignedHashes) =>
    set.hashes.length === hashes.length && set.hashes.every((each, i) => hex(each) === hex(hashes[i]!));
  return setsIn(embedded, "the module", "its signatures")
    .filter(same)
    .flatMap(({ signatures }) => signatures)
    .filter(({ keyId }) => hex(keyId) !== key.id);
}

interface Signing {
  readonly key: Key;
  sign(message: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
}

async function signerOf(given: SignOptions["key"]): Promise<Signing> {
  const key = typeof given === "function" ? await asked(given) : given;
  if (!isSigner(key)) {
    const seed = seedOf(key);
    return {
      key: await publicKey(await publicOf(der(seed, "private")), "key"),
      sign: (message) => signatureOf(der(seed, "private"), message),
    };
  }
  const own = await publicKey(key.publicKey, "key.publicKey");
  return {
    key: own,
    sign: async (message) => {
      const made = Uint8Array.from(await key.sign(message.slice()));
      if (made.length === 64 && (await verifies(der(own.bytes, "public"), message, made))) return made;
      throw unusable(
        "key.sign",
        `${made.length} bytes that are no signature of the key ${own.id}`,
        "a signature",
      );
    },
  };
}

function isSigner(key: unknown): key is Signer {
  return typeof (key as Partial<Signer> | undefined)?.sign === "function";
}

async function asked(key: () => Awaitable<PrivateKey | Signer>): Promise<PrivateKey | Signer> {
  try {
    return await key();
  } catch (cause) {
    throw new PluginError("argument", `could not use key: it threw: ${reason(cause)}`, { cause });
  }
}

/** @throws PluginError `argument`, which says nothing of the key's content */
function seedOf(key: unknown): Uint8Array<ArrayBuffer> {
  const seed = keyBytes(key, "private");
  if (typeof seed === "string") throw unusable("key", seed, WANTED);
  return seed;
}
