/**
 * Reading journal files, piece by piece: where the last whole frame ends, and whether the file ends or is
 * damaged there.
 */
import { crc32 } from "#crc32";
import {
  Damage,
  type FrameHead,
  headOf,
  type JournalHead,
  type Layout,
  LONGEST_FRAME,
} from "./journal-format.ts";
import { type Readable, Window } from "./window.ts";
import { indexOf, u32 } from "./words.ts";

export interface ReadingOptions {
  /** The end of the file, for this reading. */
  readonly size: number;
  /** Bytes that are read at a time. @default 1 MiB */
  readonly piece?: number | undefined;
  /** Replaces the checksum, to count its work. @default CRC-32 */
  readonly hash?: (bytes: Uint8Array, seed: number) => number;
}

/** The content of a journal that was read through. */
export interface Survey {
  readonly head: JournalHead;
  /** Where the last whole frame ends. */
  readonly end: number;
  readonly frames: number;
  /** How many of its frames are known to be on the disk itself. */
  readonly synced: number;
}

interface Frame extends FrameHead {
  /** Where its records begin. */
  readonly from: number;
  readonly end: number;
}

/** @throws Damage for a file that is no journal, or is damaged before its end */
export function survey(file: Readable, options: ReadingOptions): Survey {
  const reading = new Reading(file, options);
  const { head } = reading;
  let at = head.layout.header;
  let [frames, synced] = [0, 0];
  for (;;) {
    const next = reading.frame(at, ({ sequence }) => sequence === frames);
    if (!next) break;
    synced = Math.max(synced, next.synced);
    at = next.end;
    frames++;
  }
  if (frames === 0) throw new Damage("its first record is damaged");
  const later = laterFrame(file, options, reading, { end: at, frames });
  if (later !== undefined) {
    throw new Damage(
      `it is damaged at byte ${at}, and a whole record follows at byte ${later}: so this is not an interrupted write`,
    );
  }
  return { head, end: at, frames, synced };
}

/** The records of a surveyed journal, read lazily. */
export function* records(file: Readable, { head, end }: Survey, piece?: number): Generator<Uint8Array> {
  const { header, frame, frameHead, records } = head.layout;
  const window = new Window(file, end, piece);
  for (let at = header; at < end; ) {
    const { length } = frameHead(window.at(at, frame));
    const from = at + frame;
    yield* records(window.take(from, length));
    at = from + length;
  }
}

class Reading {
  readonly head: JournalHead;
  /** The number of bytes that were hashed. */
  work = 0;
  readonly #window: Window;
  readonly #hash: (bytes: Uint8Array, seed: number) => number;

  constructor(file: Readable, { size, piece, hash = crc32 }: ReadingOptions) {
    this.#window = new Window(file, size, piece);
    this.#hash = hash;
    this.head = headOf(this.#window.take(0, 2 ** 10));
  }

  /** The whole frame at a position, if `wanted` accepts its head: only then is it hashed. */
  frame(at: number, wanted: (head: FrameHead) => boolean): Frame | undefined {
    const { layout, seed } = this.head;
    const { frame: size } = layout;
    const start = this.#window.at(at, size);
    if (start.length < size) return undefined;
    const marker = layout.marker(this.head.bytes);
    if (marker?.some((byte, i) => byte !== start[i])) return undefined;
    const head = layout.frameHead(start);
    const from = at + size;
    const end = from + head.length;
    if (head.length > LONGEST_FRAME || end > this.#window.size || !wanted(head)) return undefined;
    const checksum = u32(start, size - 4);
    let sum = this.#hashed(start.subarray(0, size - 4), seed);
    for (const piece of this.#window.pieces(from, end)) sum = this.#hashed(piece, sum);
    return sum === checksum ? { ...head, from, end } : undefined;
  }

  #hashed(bytes: Uint8Array, seed: number): number {
    this.work += bytes.length;
    return this.#hash(bytes, seed);
  }
}

/**
 * Finds a whole frame behind the end, which proves that frames before it are missing. The search is bounded:
 * an interrupted file has the marker of each frame once, so nothing in it is hashed twice.
 */
function laterFrame(
  file: Readable,
  options: ReadingOptions,
  reading: Reading,
  { end, frames }: { readonly end: number; readonly frames: number },
): number | undefined {
  const tail = options.size - end;
  const { layout, bytes } = reading.head;
  const most = reading.work + (layout.version === 1 ? 2 ** 26 + 16 * tail : 2 * tail);
  // A separate window, because looking at a frame moves the other one.
  const window = new Window(file, options.size, options.piece);
  const marker = layout.marker(bytes);
  let next = end + 1;
  for (const at of marker ? marked(window, next, marker) : plausible(window, next, frames, layout)) {
    if (at < next) continue;
    const found = reading.frame(at, ({ sequence, length }) => {
      if (sequence < frames) return false;
      if (reading.work + length > most) throw new Damage(untold(end));
      return true;
    });
    if (!found) continue;
    // The frame is in the wrong place, or its `synced` proves that the missing frames were there.
    if (found.sequence === frames || found.synced > frames) return at;
    next = found.end;
  }
  return undefined;
}

function untold(end: number): string {
  return `the bytes from ${end} on may be an interrupted write or damage, and finding out takes too long; if it is an interrupted write, cut the file to that length by hand`;
}

/** The positions of the marker. */
function* marked(window: Window, from: number, marker: Uint8Array): Generator<number> {
  for (let at = from; at < window.size; ) {
    const piece = window.at(at, window.piece);
    let found = indexOf(piece, marker);
    for (; found >= 0; found = indexOf(piece, marker, found + 1)) yield at + found;
    // A marker may lie across the border of two pieces.
    at += Math.max(1, piece.length - marker.length + 1);
  }
}

/** The positions of numbers that could be a later frame's sequence, in version 1. */
function* plausible(window: Window, from: number, frames: number, { frame }: Layout): Generator<number> {
  const most = frames + Math.ceil((window.size - from) / frame);
  for (let at = from; at + frame <= window.size; ) {
    const piece = window.at(at, window.piece);
    const last = piece.length - frame;
    if (last < 0) return;
    if (piece.some((byte) => byte !== 0)) {
      for (let i = 0; i <= last; i++) {
        const sequence = u32(piece, i + 4);
        if (sequence >= frames && sequence <= most) yield at + i;
      }
    }
    at += last + 1;
  }
}
