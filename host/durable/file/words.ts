/** Words of 32 bits, little-endian, in bytes; and where bytes lie in others. */

export function u32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** @param value its lower 32 bits are written */
export function putU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

export function fromHex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Where `part` begins in `bytes`, from a place on; -1 if it is not there. */
export function indexOf(bytes: Uint8Array, part: Uint8Array, from = 0): number {
  for (let at = from; ; at++) {
    at = bytes.indexOf(part[0]!, at);
    if (at < 0 || at + part.length > bytes.length) return -1;
    if (part.every((byte, i) => bytes[at + i] === byte)) return at;
  }
}
