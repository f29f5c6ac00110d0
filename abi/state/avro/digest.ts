/** SHA-256 in the fastest way of the platform. */
import { AT_ONCE, sha256 } from "#sha256";
import { hex } from "./hex.ts";

/** @returns 64 hexadecimal digits */
export async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // Browsers have WebCrypto only on secure pages.
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (bytes.length <= AT_ONCE || !subtle) return sha256(bytes);
  return hex(new Uint8Array(await subtle.digest("SHA-256", bytes)));
}
