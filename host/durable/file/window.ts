/** Windows: pieces of a file that may be larger than memory, moved along while it is read. */

export interface Readable {
  /** Fills `into` with the bytes at `at`, as far as the file goes. @returns the number of bytes */
  read(into: Uint8Array, at: number): number;
}

/** Bytes of one read. */
const PIECE = 2 ** 20;

export class Window {
  readonly size: number;
  readonly piece: number;
  readonly #file: Readable;
  #from = 0;
  #bytes = new Uint8Array(0);
  #buffer: Uint8Array<ArrayBuffer> | undefined;

  /** @param size the end of the file, for this reading */
  constructor(file: Readable, size: number, piece = PIECE) {
    this.#file = file;
    this.size = size;
    this.piece = piece;
  }

  /** At most a piece of bytes, fewer at the end of the file. They are valid until the next read. */
  at(at: number, length: number): Uint8Array<ArrayBuffer> {
    const wanted = Math.max(0, Math.min(length, this.piece, this.size - at));
    if (at < this.#from || at + wanted > this.#from + this.#bytes.length) {
      this.#buffer ??= new Uint8Array(Math.min(this.piece, this.size));
      const most = this.#buffer.subarray(0, Math.max(0, this.size - at));
      this.#bytes = most.subarray(0, this.#file.read(most, at));
      this.#from = at;
    }
    const start = at - this.#from;
    return this.#bytes.subarray(start, start + wanted);
  }

  /** Any number of bytes, fewer at the end of the file. They stay valid. */
  take(at: number, length: number): Uint8Array<ArrayBuffer> {
    const wanted = Math.max(0, Math.min(length, this.size - at));
    if (wanted <= this.piece) return this.at(at, wanted).slice();
    const bytes = new Uint8Array(wanted);
    return bytes.subarray(0, this.#file.read(bytes, at));
  }

  /** The bytes of a range, piece by piece. */
  *pieces(from: number, to: number): Generator<Uint8Array> {
    for (let at = from; at < to; ) {
      const piece = this.at(at, to - at);
      if (piece.length === 0) return;
      yield piece;
      at += piece.length;
    }
  }
}
