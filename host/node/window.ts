/** Windows: a piece of a file that may be larger than memory, moved along as it is read. */

export interface Readable {
  /** Fills `into` with what is at `at`, as far as there is. @returns how many bytes that were */
  read(into: Uint8Array, at: number): number;
}

/** Bytes that are read at a time. */
const PIECE = 2 ** 20;

export class Window {
  readonly size: number;
  readonly piece: number;
  readonly #file: Readable;
  #from = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #buffer: Buffer | undefined;

  /** @param size where it ends, for this reading */
  constructor(file: Readable, size: number, piece = PIECE) {
    this.#file = file;
    this.size = size;
    this.piece = piece;
  }

  /** So many bytes from there, at most a piece, and fewer where the file ends. They are good until the next reading. */
  at(at: number, length: number): Buffer {
    const wanted = Math.max(0, Math.min(length, this.piece, this.size - at));
    if (at < this.#from || at + wanted > this.#from + this.#bytes.length) {
      this.#buffer ??= Buffer.allocUnsafeSlow(Math.min(this.piece, this.size));
      const most = this.#buffer.subarray(0, Math.max(0, this.size - at));
      this.#bytes = most.subarray(0, this.#file.read(most, at));
      this.#from = at;
    }
    const start = at - this.#from;
    return this.#bytes.subarray(start, start + wanted);
  }

  /** So many bytes from there, however many, and fewer where the file ends. They stay as they are. */
  take(at: number, length: number): Buffer {
    const wanted = Math.max(0, Math.min(length, this.size - at));
    if (wanted <= this.piece) return Buffer.from(this.at(at, wanted));
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
