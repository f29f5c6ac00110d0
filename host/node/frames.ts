/**
 * Frames: log records in a journal file. Whatever happens to the file's end, its beginning can be told from it.
 *
 *     header  0      8         12     20      24
 *             | magic | version | salt | crc32 |
 *     frame   0        4          8       12
 *             | length | sequence | crc32 | payload |
 *
 * All numbers are u32, little-endian. A frame's CRC-32 is of the salt, its length, its sequence (0 for the first) and its
 * payload: a frame from another file, or one that lies inside a payload, is none.
 */
import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

const MAGIC = Uint8Array.of(0x89, 0x4d, 0x4f, 0x55, 0x4c, 0x54, 0x0d, 0x0a);
const VERSION = 1;
const SALT = 12;
const HEADER = 24;
const FRAME = 12;

/** A new journal's header. */
export function header(): Buffer {
  const bytes = Buffer.alloc(HEADER);
  bytes.set(MAGIC);
  bytes.writeUInt32LE(VERSION, 8);
  bytes.set(randomBytes(8), SALT);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, HEADER - 4)), HEADER - 4);
  return bytes;
}

/** Frames of the records, the first with the number `sequence`, for the journal that begins with `head`. */
export function frames(records: readonly Uint8Array[], sequence: number, head: Uint8Array): Buffer {
  const size = records.reduce((sum, record) => sum + FRAME + record.length, 0);
  const bytes = Buffer.alloc(size);
  const seed = salt(head);
  let at = 0;
  for (const [i, record] of records.entries()) {
    bytes.writeUInt32LE(record.length, at);
    bytes.writeUInt32LE(sequence + i, at + 4);
    bytes.set(record, at + FRAME);
    bytes.writeUInt32LE(checksum(bytes, at, record.length, seed), at + 8);
    at += FRAME + record.length;
  }
  return bytes;
}

export interface Journal {
  readonly header: Uint8Array;
  readonly records: readonly Uint8Array[];
  /** Where the last whole frame ends. */
  readonly end: number;
}

/** Why a journal cannot be read. */
export class Damage extends Error {}

/** @throws Damage for what is no journal of ours, or is damaged before its end */
export function read(file: Uint8Array): Journal {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length < HEADER || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new Damage("it does not begin as a journal of moult");
  }
  if (bytes.readUInt32LE(HEADER - 4) !== crc32(bytes.subarray(0, HEADER - 4))) {
    throw new Damage("its header is damaged");
  }
  const version = bytes.readUInt32LE(8);
  if (version !== VERSION) {
    throw new Damage(
      `it is of version ${version} of the format, and this host knows ${VERSION}; update the host`,
    );
  }
  const seed = salt(bytes);
  const records: Uint8Array[] = [];
  let at = HEADER;
  while (whole(bytes, at, records.length, seed)) {
    const length = bytes.readUInt32LE(at);
    records.push(bytes.subarray(at + FRAME, at + FRAME + length));
    at += FRAME + length;
  }
  if (records.length === 0) throw new Damage("its first record is damaged");
  const later = laterFrame(bytes, at, records.length, seed);
  if (later !== undefined) {
    throw new Damage(
      `it is damaged at byte ${at}, and a whole record follows at byte ${later}: this is no write that was cut off`,
    );
  }
  return { header: bytes.subarray(0, HEADER), records, end: at };
}

/** A frame behind the end that could only be there if the end is none. */
function laterFrame(bytes: Buffer, end: number, sequence: number, seed: number): number | undefined {
  const most = sequence + Math.ceil((bytes.length - end) / FRAME);
  for (let at = end + 1; at + FRAME <= bytes.length; at++) {
    const found = bytes.readUInt32LE(at + 4);
    if (found >= sequence && found <= most && whole(bytes, at, found, seed)) return at;
  }
  return undefined;
}

function whole(bytes: Buffer, at: number, sequence: number, seed: number): boolean {
  if (at + FRAME > bytes.length) return false;
  const length = bytes.readUInt32LE(at);
  if (length > bytes.length - at - FRAME) return false;
  return (
    bytes.readUInt32LE(at + 4) === sequence &&
    bytes.readUInt32LE(at + 8) === checksum(bytes, at, length, seed)
  );
}

function salt(head: Uint8Array): number {
  return crc32(head.subarray(SALT, SALT + 8));
}

function checksum(bytes: Buffer, at: number, length: number, seed: number): number {
  return crc32(bytes.subarray(at + FRAME, at + FRAME + length), crc32(bytes.subarray(at, at + 8), seed));
}
