/**
 * Hashes of 32 bits, as signed integers, that show that two values differ: the steps of MurmurHash3, and for
 * many words those of xxHash32. They neither prove that two values are equal nor resist a value made to
 * collide.
 */

/**
 * From this number of words on, four hashes are computed side by side, so that no step waits for the one
 * before it.
 */
const MANY = 64;

/**
 * Mixes in one word. Every bit of it reaches every later word, so that two changes do not cancel each other.
 */
export function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const h = hash ^ Math.imul(k, 0x1b873593);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

function round(hash: number, word: number): number {
  const h = (hash + Math.imul(word, 0x85ebca77)) | 0;
  return Math.imul((h << 13) | (h >>> 19), 0x9e3779b1);
}

/** Mixes in the words from `from` up to `end`. */
export function mixWords(hash: number, words: Int32Array, from: number, end: number): number {
  let at = from;
  let h = hash;
  if (end - from >= MANY) {
    let [a, b, c, d] = [h, h ^ 1, h ^ 2, h ^ 3];
    for (; at + 4 <= end; at += 4) {
      a = round(a, words[at]!);
      b = round(b, words[at + 1]!);
      c = round(c, words[at + 2]!);
      d = round(d, words[at + 3]!);
    }
    h = mix(mix(mix(a, b), c), d);
  }
  for (; at < end; at++) h = mix(h, words[at]!);
  return h;
}

/** The final steps of a hash. */
export function finish(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
