/**
 * Finds the first difference between two byte arrays, a word at a time.
 *
 * @returns the index of the first byte that differs, or that only one of them has; -1 when they are equal
 */
export function difference(one: Uint8Array, other: Uint8Array): number {
  const least = Math.min(one.length, other.length);
  const words = least & ~3;
  const [a, b] = [view(one), view(other)];
  let at = 0;
  while (at < words && a.getInt32(at) === b.getInt32(at)) at += 4;
  while (at < least && one[at] === other[at]) at++;
  return at === one.length && at === other.length ? -1 : at;
}

function view({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
