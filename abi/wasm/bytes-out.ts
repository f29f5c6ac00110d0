/** Bytes that are written: numbers of the format, and pieces of another module. */

/** An unsigned number as LEB128, as short as it can be. */
export function u32(value: number): number[] {
  return leb(value, 0x80);
}

/** A whole number from 0 to 2^53 - 1 as signed LEB128, as short as it can be. */
export function signed(value: number): number[] {
  return leb(value, 0x40);
}

/** @param end what a last byte is below: bit 6 of it is the sign of a signed number */
function leb(value: number, end: number): number[] {
  const bytes: number[] = [];
  let left = value;
  while (left >= end) {
    bytes.push((left % 0x80) | 0x80);
    left = Math.floor(left / 0x80);
  }
  bytes.push(left);
  return bytes;
}

export function name(text: string): number[] {
  const bytes = new TextEncoder().encode(text);
  return [...u32(bytes.length), ...bytes];
}

export type Piece = Uint8Array | readonly number[];

/** Collects pieces of bytes, and joins them once. */
export class Pieces {
  size = 0;
  readonly #pieces: Piece[] = [];

  add(piece: Piece): void {
    this.size += piece.length;
    this.#pieces.push(piece);
  }

  joined(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.size);
    let at = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }
}
