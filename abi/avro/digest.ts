/** SHA-256, from the platform. */
import { AbiError } from "../error.ts";

/**
 * @returns 64 hexadecimal digits
 * @throws AbiError `snapshot` where the platform has no WebCrypto: a page that was not served securely
 */
export async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (subtle === undefined) {
    throw new AbiError(
      "snapshot",
      "found no crypto.subtle, which browsers give to secure pages alone, wanted it for SHA-256",
    );
  }
  return hex(new Uint8Array(await subtle.digest("SHA-256", bytes)));
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
