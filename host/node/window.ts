/** Windows: a piece of a file that may be larger than memory, moved along as it is read. */

export interface Readable {
  /** Fills `into` with what is at `at`, as far as there is. @returns how many bytes that were */
  read(into: Uint8Array, at: number): number;
}

/** Bytes that are read at a time. */
const PIECE = 2 ** 20;

export class Window {
  readonly size: number;
  readonly #file: Readable;
  readonly piece: number;
  #from = 0;
  #bytes: Buffer = Buffer.alloc(0);

  /** @param size where it ends, for this reading */
  constructor(file: Readable, size: number, piece = PIECE) {
    this.#file = file;
    this.size = size;
    this.piece = piece;
  }

  /** So many bytes from there, at most a piece, and fewer where the file ends. They are good until the next reading. */
  at(at: number, length: number): Buffer {
    const wanted = Math.max(0, Math.min(length, this.piece, this.size - at));
    const start = at - this.#from;
    if (start < 0 || start + wanted > this.#bytes.length) {
      this.#bytes = this.take(at, this.piece);
      this.#from = at;
      return this.#bytes.subarray(0, wanted);
    }
    return this.#bytes.subarray(start, start + wanted);
  }

  /** So many bytes from there, however many, and fewer where the file ends. They stay as they are. */
  take(at: number, length: number): Buffer {
    const wanted = Math.max(0, Math.min(length, this.size - at));
    const bytes = Buffer.allocUnsafeSlow(wanted);
    return bytes.subarray(0, this.#file.read(bytes, at));
  }

  /** All that lies between, piece by piece. */
  *pieces(from: number, to: number): Generator<Buffer> {
    for (let at = from; at < to; ) {
      const piece = this.at(at, to - at);
      if (piece.length === 0) return;
      yield piece;
      at += piece.length;
    }
  }
}
