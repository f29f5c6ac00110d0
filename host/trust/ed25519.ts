/** Ed25519 (RFC 8032) by the Web Cryptography API: in browsers. */

const NAME = "Ed25519";

/**
 * Whether a signature of a message is of a key.
 *
 * @param key the public key in SPKI
 * @throws Error where the engine has no Ed25519
 */
export async function verifies(
  key: Uint8Array<ArrayBuffer>,
  message: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const imported = await subtle().importKey("spki", key, NAME, false, ["verify"]);
  return subtle().verify(NAME, imported, signature, message);
}

/** @param key the private key in PKCS #8 @returns 64 bytes */
export async function signatureOf(
  key: Uint8Array<ArrayBuffer>,
  message: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const imported = await subtle().importKey("pkcs8", key, NAME, false, ["sign"]);
  return new Uint8Array(await subtle().sign(NAME, imported, message));
}

/** The public key of a private one in PKCS #8: 32 bytes. */
export async function publicOf(key: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const imported = await subtle().importKey("pkcs8", key, NAME, true, ["sign"]);
  const { x = "" } = await subtle().exportKey("jwk", imported);
  const base64 = x.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

/** Browsers have it only on secure pages. */
function subtle(): SubtleCrypto {
  const found = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (!found) throw new Error("crypto.subtle is only there on secure pages (https, or localhost)");
  return found;
}
