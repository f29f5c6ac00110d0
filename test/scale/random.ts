/** Random numbers that follow from a seed: xorshift, as good as these simulations need. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ 0xc2b2ae35) >>> 0 || 1;
  }

  /** 32 bits. */
  word(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return Math.imul(this.#state, 0x2545f491) >>> 0;
  }

  /** From 0 up to 1. */
  next(): number {
    return this.word() / 2 ** 32;
  }

  below(most: number): number {
    return Math.floor(this.next() * most);
  }

  /** So many of them, each once. */
  some<T>(all: readonly T[], count: number): T[] {
    const left = [...all];
    return Array.from(
      { length: Math.min(count, all.length) },
      () => left.splice(this.below(left.length), 1)[0]!,
    );
  }
}

/**
 * Makes the engine's own random numbers follow from a seed: names of nodes, salts, picks without a key.
 *
 * @returns what gives the engine its own back
 */
export function seeded(random: Random): () => void {
  const { random: own } = Math;
  Math.random = () => random.next();
  const getRandomValues = (words: Uint32Array) => words.map((_, i) => (words[i] = random.word()));
  Object.defineProperty(crypto, "getRandomValues", { value: getRandomValues, configurable: true });
  return () => {
    Math.random = own;
    Reflect.deleteProperty(crypto, "getRandomValues");
  };
}
