/** Enough work to make compiling worth while: a digest of 16 KB. */
function rotate(x: u32, by: u32): u32 {
  return (x << by) | (x >> (32 - by));
}

function mix(a: u32, b: u32): u32 {
  let x = a ^ rotate(b, 13);
  x = x * 0x85ebca6b;
  x ^= x >> 13;
  x = x * 0xc2b2ae35;
  return x ^ (x >> 16);
}

const words = new StaticArray<u32>(4096);

export function digest(seed: u32): u32 {
  for (let i: u32 = 0; i < 4096; i++) words[i] = mix(seed + i, i);
  let hash = seed;
  for (let i: u32 = 0; i < 4096; i++) {
    const word = words[i];
    hash = word % 3 == 0 ? mix(hash, word) : rotate(hash, word & 31) + word;
  }
  return hash;
}
