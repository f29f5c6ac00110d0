/** Pieces of a journal: one for each call, followed by one for each host answer. */
import { type HostAnswer, Key } from "../generation/question-bytes.ts";
import type { Ring } from "./ring.ts";

/**
 * Bytes are padded to whole words:
 *
 *     call      | size << 3     | slot     | digest  | arguments ...
 *     answer    | size << 3 | 1 | key high | key low | answer ...        2 for an effect's; with 4, what was thrown
 */
export interface Piece {
  /** The lowest bits of the first word. */
  readonly what: number;
  readonly first: number;
  readonly second: number;
  /** The length of the piece's own bytes. */
  readonly size: number;
  /** The position of the bytes, and the position behind them. */
  readonly at: number;
  readonly next: number;
}

/** Words before the bytes. */
export const HEAD = 3;
/** The largest size that a head can hold. */
export const LARGEST = 2 ** 28 - 1;
export const CALL = 0;
export const READ = 1;
export const EFFECT = 2;
export const THREW = 4;

export function pieceAt(ring: Ring, position: number): Piece {
  const [head = 0, first = 0, second = 0] = ring.read(position, HEAD);
  const size = head >>> 3;
  const at = position + HEAD;
  return { what: head & 7, first, second, size, at, next: at + ((size + 3) >> 2) };
}

export function bytesOf(ring: Ring, { at, size }: Piece): Uint8Array<ArrayBuffer> {
  return new Uint8Array(ring.read(at, (size + 3) >> 2).buffer, 0, size);
}

export function answerOf(ring: Ring, piece: Piece): HostAnswer {
  const { what, first, second } = piece;
  const key = new Key({ high: first, low: second }).value;
  const as = what & THREW ? "threw" : "answered";
  return { key, kind: what & EFFECT ? "effect" : "read", as, bytes: bytesOf(ring, piece) };
}
