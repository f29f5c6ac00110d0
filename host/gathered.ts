/** Bytes that come in pieces, and may not be too many. */
export class Gathered {
  readonly #most: number;
  readonly #tooLarge: (found: number) => Error;
  readonly #pieces: Uint8Array[] = [];
  #size = 0;

  /** @param tooLarge the error for more bytes than that */
  constructor(most: number, tooLarge: (found: number) => Error) {
    this.#most = most;
    this.#tooLarge = tooLarge;
  }

  /** So many bytes are said to come. */
  expect(bytes: number): void {
    if (bytes > this.#most) throw this.#tooLarge(bytes);
  }

  add(piece: Uint8Array): void {
    this.#size += piece.length;
    this.expect(this.#size);
    this.#pieces.push(piece);
  }

  get whole(): Uint8Array {
    const [first] = this.#pieces;
    if (first && this.#pieces.length === 1) return first;
    const whole = new Uint8Array(this.#size);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }
}
