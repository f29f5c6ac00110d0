/** CRC-32 as zlib has it, where there is no zlib. */

/** Four tables: four bytes are taken at a time. */
let tables: readonly Uint32Array[] | undefined;

function made(): readonly Uint32Array[] {
  const all = Array.from({ length: 4 }, () => new Uint32Array(256));
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    all[0]![byte] = value;
  }
  for (let n = 1; n < 4; n++)
    for (let byte = 0; byte < 256; byte++) {
      const before = all[n - 1]![byte]!;
      all[n]![byte] = (before >>> 8) ^ all[0]![before & 255]!;
    }
  return all;
}

/**
 * @param seed the checksum of what came before
 * @returns an unsigned number of 32 bits
 */
export function crc32(bytes: Uint8Array, seed = 0): number {
  tables ??= made();
  const [first, second, third, fourth] = tables as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  let value = ~seed;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    value ^= word;
    value =
      fourth[value & 255]! ^
      third[(value >>> 8) & 255]! ^
      second[(value >>> 16) & 255]! ^
      first[value >>> 24]!;
  }
  for (; at < bytes.length; at++) value = (value >>> 8) ^ first[(value ^ bytes[at]!) & 255]!;
  return ~value >>> 0;
}
