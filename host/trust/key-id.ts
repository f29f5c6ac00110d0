/** Key IDs: what signatures call a key, as wasmsign2 does. */
import { digestOf } from "../../abi/state/avro/digest.ts";

const LABEL = new TextEncoder().encode("key_id");
const BLOCK = 64;

/** The first 12 bytes of HMAC-SHA-256 of `key_id` under the public key, in hexadecimal. @param key 32 bytes */
export async function keyIdOf(key: Uint8Array): Promise<string> {
  const inner = await digestOf(Uint8Array.from([...padded(key, 0x36), ...LABEL]));
  const outer = await digestOf(Uint8Array.from([...padded(key, 0x5c), ...bytesOf(inner)]));
  return outer.slice(0, 24);
}

function padded(key: Uint8Array, by: number): Uint8Array {
  return Uint8Array.from({ length: BLOCK }, (_, i) => (key[i] ?? 0) ^ by);
}

/** The bytes of hexadecimal digits. */
export function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (each) => Number.parseInt(each, 16));
}
