/** The ledger once more, in plain JavaScript: what the plugin has to hold after the same calls. */

export interface Receipt {
  readonly calls: number;
  readonly hash: number;
}

export class Reference {
  calls = 0;
  hash = 0;
  readonly recent = new Map<number, number>();
  readonly bytes: Uint8Array;

  constructor(size: number) {
    this.bytes = new Uint8Array(size).fill(0);
  }

  book(number: number): Receipt {
    this.calls++;
    this.hash = (Math.imul(this.hash ^ number, 16777619) + 1) >>> 0;
    this.recent.set(number % 64, this.hash);
    const at = this.hash % this.bytes.length;
    this.bytes[at] = this.bytes[at]! ^ (number & 0xff);
    return { calls: this.calls, hash: this.hash };
  }

  /** The same state as an Avro datum: two numbers, a map as a list of entries, bytes. */
  datum(): Uint8Array {
    const head: number[] = [];
    put(head, this.calls);
    put(head, this.hash);
    put(head, this.recent.size);
    for (const [key, value] of this.recent) {
      put(head, key);
      put(head, value);
    }
    if (this.recent.size > 0) put(head, 0);
    put(head, this.bytes.length);
    const all = new Uint8Array(head.length + this.bytes.length);
    all.set(head);
    all.set(this.bytes, head.length);
    return all;
  }
}

/** Avro's `long`: zigzag, then seven bits a byte. */
function put(to: number[], value: number): void {
  let rest = BigInt(value) << 1n;
  for (; rest > 0x7fn; rest >>= 7n) to.push(Number((rest & 0x7fn) | 0x80n));
  to.push(Number(rest));
}
