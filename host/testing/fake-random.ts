/** Random numbers that are the same in every run. */
import { type Grant, random } from "../mod.ts";

/**
 * Makes a grant of random numbers, `wasi:random`, that are the same for the same seed. All versions of a
 * plugin draw from one sequence, and so do copies that a swap rehearses with. Never use it for secrets.
 *
 * @param seed any number
 * @default 1
 */
export function fakeRandom(seed = 1): Grant {
  const draw = sequence(seed);
  return random((bytes) => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = draw();
  });
}

/** Bytes of splitmix32: one step of a Weyl sequence, mixed. */
function sequence(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 24;
  };
}
