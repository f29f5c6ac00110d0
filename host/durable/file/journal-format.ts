/**
 * The format of journal files: log records in frames. However the end of a file is damaged, its whole
 * beginning can be recognized.
 *
 *     header  0       8         12     20      24
 *             | magic | version | salt | crc32 |
 *             24                32                 36                68      72
 *             | snapshot's size | snapshot's crc32 | module's sha256 | crc32 |
 *     frame   0        4        8          12       16      20
 *             | marker | length | sequence | synced | crc32 | records ... |
 *     record  0        4
 *             | length | bytes ... |
 *
 * All numbers are little-endian, the size a u64, the others u32. The first 24 bytes are the same in every
 * version. Each write adds one frame. A frame's CRC-32 covers the salt, everything before it in the frame,
 * and the records, so that a frame of another file is not valid here. The marker is the first four bytes of
 * the salt: frames are found by it, and it is in no other file. `sequence` counts frames from 0. The first
 * `synced` frames were on the disk itself when this one was written: if one of those is missing, the file is
 * damaged, while any other missing frame may be the effect of a power cut.
 */
import { crc32 } from "#crc32";
import { hex } from "../../../abi/state/avro/hex.ts";
import { fromHex, putU32, u32 } from "./words.ts";

/** The first bytes of every journal. */
export const MAGIC = Uint8Array.of(0x89, 0x4d, 0x4f, 0x55, 0x4c, 0x54, 0x0d, 0x0a);
const SALT = 12;
/** Bytes of the header that are the same in every version, with their own checksum. */
const START = 24;
/** The longest frame; a greater length means damage. */
export const LONGEST_FRAME = 2 ** 30;

/** Identifies a snapshot. */
export interface Seal {
  readonly size: number;
  readonly crc: number;
}

export function seal(bytes: Uint8Array): Seal {
  return { size: bytes.length, crc: crc32(bytes) };
}

export interface JournalHead {
  readonly bytes: Uint8Array;
  readonly layout: Layout;
  /** The seed of every frame's checksum. */
  readonly seed: number;
  /** The snapshot before the journal; unknown in version 1. */
  readonly snapshot: Seal | undefined;
  /** The SHA-256 in hexadecimal of the module that answers the calls, where it is kept. */
  readonly module: string | undefined;
}

/** The fields of a frame before its checksum. */
export interface FrameHead {
  readonly length: number;
  readonly sequence: number;
  readonly synced: number;
}

/** One version of the format. */
export interface Layout {
  readonly version: number;
  readonly isNewest: boolean;
  /** Bytes of the header. */
  readonly header: number;
  /** Bytes of a frame before its records. */
  readonly frame: number;
  /** The bytes at the beginning of every frame; version 1 has none. */
  marker(header: Uint8Array): Uint8Array | undefined;
  frameHead(bytes: Uint8Array): FrameHead;
  records(payload: Uint8Array): Iterable<Uint8Array>;
}

/** A header of 24 bytes; a frame is `length | sequence | crc32 | record`. */
const VERSION_1: Layout = {
  version: 1,
  isNewest: false,
  header: START,
  frame: 12,
  marker: () => undefined,
  frameHead(bytes) {
    const sequence = u32(bytes, 4);
    return { length: u32(bytes, 0), sequence, synced: sequence };
  },
  records: (payload) => [payload],
};

const VERSION_2: Layout = {
  version: 2,
  isNewest: true,
  header: 72,
  frame: 20,
  marker: (header) => header.subarray(SALT, SALT + 4),
  frameHead: (bytes) => ({
    length: u32(bytes, 4),
    sequence: u32(bytes, 8),
    synced: u32(bytes, 12),
  }),
  *records(payload) {
    for (let at = 0; at < payload.length; ) {
      const end = at + 4 <= payload.length ? at + 4 + u32(payload, at) : Number.POSITIVE_INFINITY;
      if (end > payload.length) throw new Damage("a frame is whole and its records are not");
      yield payload.subarray(at + 4, end);
      at = end;
    }
  },
};

const LAYOUTS = [VERSION_1, VERSION_2];
const NEWEST = VERSION_2;

/** Why a journal cannot be read. */
export class Damage extends Error {}

/** The header of a new journal. */
export function newHead(snapshot: Seal, module: string | undefined): JournalHead {
  const { header, version } = NEWEST;
  const bytes = new Uint8Array(header);
  bytes.set(MAGIC);
  putU32(bytes, 8, version);
  crypto.getRandomValues(bytes.subarray(SALT, SALT + 8));
  // Never zero, because unwritten parts of a disk are.
  bytes[SALT]! |= 1;
  putU32(bytes, START - 4, crc32(bytes.subarray(0, START - 4)));
  putU32(bytes, 24, snapshot.size);
  putU32(bytes, 28, Math.floor(snapshot.size / 2 ** 32));
  putU32(bytes, 32, snapshot.crc);
  if (module) bytes.set(fromHex(module), 36);
  putU32(bytes, header - 4, crc32(bytes.subarray(START, header - 4)));
  return { bytes, layout: NEWEST, seed: seedOf(bytes), snapshot, module };
}

/**
 * @param start the first bytes of a file.
 * @throws Damage for a file that is no journal, or one of a later version
 */
export function headOf(start: Uint8Array): JournalHead {
  if (start.length < START || MAGIC.some((byte, i) => start[i] !== byte)) {
    throw new Damage("it does not begin as a journal of moult");
  }
  const isWhole = (from: number, end: number) =>
    end <= start.length && u32(start, end - 4) === crc32(start.subarray(from, end - 4));
  const version = u32(start, 8);
  const layout = LAYOUTS.find((each) => each.version === version);
  const whole = isWhole(0, START);
  if (whole && !layout) {
    const known = LAYOUTS.map((each) => each.version).join(" and ");
    throw new Damage(
      `it is of version ${version} of the format, and this host knows ${known}; update the host`,
    );
  }
  if (!whole || !layout || (layout.header > START && !isWhole(START, layout.header))) {
    throw new Damage("its header is damaged");
  }
  const bytes = start.slice(0, layout.header);
  const head = { bytes, layout, seed: seedOf(bytes) };
  if (version === 1) return { ...head, snapshot: undefined, module: undefined };
  const snapshot = { size: u32(bytes, 24) + u32(bytes, 28) * 2 ** 32, crc: u32(bytes, 32) };
  const module = bytes.subarray(36, 68);
  return { ...head, snapshot, module: module.some((byte) => byte) ? hex(module) : undefined };
}

/** One frame with all of the records, so that all of them or none are read. */
export function frame(
  records: readonly Uint8Array[],
  { sequence, synced }: Pick<FrameHead, "sequence" | "synced">,
  head: JournalHead,
): Uint8Array<ArrayBuffer> {
  const length = records.reduce((sum, record) => sum + 4 + record.length, 0);
  if (length > LONGEST_FRAME) {
    throw new RangeError(`${length} bytes are more than the ${LONGEST_FRAME} that can be written at once`);
  }
  const { frame: size } = NEWEST;
  const bytes = new Uint8Array(size + length);
  bytes.set(head.bytes.subarray(SALT, SALT + 4));
  putU32(bytes, 4, length);
  putU32(bytes, 8, sequence);
  putU32(bytes, 12, synced);
  let at = size;
  for (const record of records) {
    putU32(bytes, at, record.length);
    bytes.set(record, at + 4);
    at += 4 + record.length;
  }
  const own = crc32(bytes.subarray(0, size - 4), head.seed);
  putU32(bytes, size - 4, crc32(bytes.subarray(size), own));
  return bytes;
}

/**
 * The records of a frame that is kept by itself, where something else than a file keeps frames apart.
 *
 * @returns `undefined` for anything but this whole frame
 * @throws Damage
 */
export function recordsOf(
  bytes: Uint8Array,
  sequence: number,
  { bytes: header, layout, seed }: JournalHead,
): Iterable<Uint8Array> | undefined {
  const { frame: size } = layout;
  if (bytes.length < size || layout.marker(header)?.some((byte, i) => byte !== bytes[i])) return undefined;
  const { length, sequence: own } = layout.frameHead(bytes);
  if (own !== sequence || size + length !== bytes.length) return undefined;
  const sum = crc32(bytes.subarray(size), crc32(bytes.subarray(0, size - 4), seed));
  return sum === u32(bytes, size - 4) ? layout.records(bytes.subarray(size)) : undefined;
}

function seedOf(header: Uint8Array): number {
  return crc32(header.subarray(SALT, SALT + 8));
}
