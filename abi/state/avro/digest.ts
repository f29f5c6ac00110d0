/** SHA-256 by the quickest way that the platform has. */
import { AT_ONCE, sha256 } from "#sha256";
import { hex } from "./hex.ts";

/** @returns 64 hexadecimal digits */
export async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // Browsers give WebCrypto to secure pages alone.
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (bytes.length <= AT_ONCE || !subtle) return sha256(bytes);
  return hex(new Uint8Array(await subtle.digest("SHA-256", bytes)));
}
