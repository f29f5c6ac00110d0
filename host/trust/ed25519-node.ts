/** Ed25519 (RFC 8032), from OpenSSL. For Node, Deno and Bun. */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";

/** @param key the public key in SPKI */
export async function verifies(
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  return verify(
    null,
    message,
    createPublicKey({ key: Buffer.from(key), format: "der", type: "spki" }),
    signature,
  );
}

/** @param key the private key in PKCS #8 @returns 64 bytes */
export async function signatureOf(key: Uint8Array, message: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(sign(null, message, privateKey(key)));
}

/** The public key of a private one in PKCS #8: 32 bytes. */
export async function publicOf(key: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const spki = createPublicKey(privateKey(key)).export({ format: "der", type: "spki" });
  return new Uint8Array(spki.subarray(-32));
}

function privateKey(key: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(key), format: "der", type: "pkcs8" });
}
