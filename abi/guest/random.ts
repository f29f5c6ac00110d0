@capability("wasi:random/random@0.2.3")
class Random {
  static getRandomBytes(len: u64): Uint8Array {
    return imported<Uint8Array>();
  }
  static getRandomU64(): u64 {
    return imported<u64>();
  }
}

/** Inside the namespace `u64` is a function. */
type Drawn = u64;

/** The host's random numbers, fit for secrets. `Math.random()` is seeded with one. */
export namespace random {
  export function u64(): Drawn {
    return Random.getRandomU64();
  }

  /**
   * `length` bytes. (The message does not use `decimal`: this file replaces AssemblyScript's own seed, and
   * may import nothing.)
   */
  export function bytes(length: i32): Uint8Array {
    if (length < 0) throw new RangeError("there are no " + length.toString() + " bytes");
    return Random.getRandomBytes(length);
  }
}

/** Called by AssemblyScript before the first `Math.random()`. */
export function seed(): f64 {
  return reinterpret<f64>(Random.getRandomU64());
}
