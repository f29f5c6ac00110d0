/** The state of the garden as the plugin answers it: one piece of memory, seen as typed arrays where it lies. */

export const COUNT = 24_000;
/** Seconds from a flower's heart to its rim, and away with the wind: `age` goes from 0 to 1 meanwhile. */
export const LIFE = 64;

export const FIELDS = [
  ["x", "f32"],
  ["y", "f32"],
  ["dx", "f32"],
  ["dy", "f32"],
  ["age", "f32"],
  ["planted", "u8"],
] as const;
export type Field = (typeof FIELDS)[number][0];

export interface Particles extends Readonly<Record<Exclude<Field, "planted">, Float32Array>> {
  readonly planted: Uint8Array;
  readonly bytes: Uint8Array;
}

export const BYTES = COUNT * 21;

export function particlesIn(bytes: Uint8Array): Particles {
  const { buffer, byteOffset } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const row = (k: number) => new Float32Array(buffer, byteOffset + k * COUNT * 4, COUNT);
  return {
    x: row(0),
    y: row(1),
    dx: row(2),
    dy: row(3),
    age: row(4),
    planted: new Uint8Array(buffer, byteOffset + COUNT * 20, COUNT),
    bytes,
  };
}

/** How many particles have the same bytes in every field. */
export function kept(before: Uint8Array, after: Uint8Array): number {
  if (before.length !== BYTES || after.length !== BYTES) return 0;
  const words = (bytes: Uint8Array) => {
    const { buffer, byteOffset } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    return new Int32Array(buffer, byteOffset, COUNT * 5);
  };
  const [was, is] = [words(before), words(after)];
  let same = 0;
  for (let i = 0; i < COUNT; i++) {
    let equal = before[COUNT * 20 + i] === after[COUNT * 20 + i];
    for (let row = 0; equal && row < 5; row++) equal = was[row * COUNT + i] === is[row * COUNT + i];
    if (equal) same++;
  }
  return same;
}
