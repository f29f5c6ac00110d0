/**
 * Signatures of a module, as the tool conventions of WebAssembly have them and wasmsign2 writes them: in the
 * custom section `signature`, the first of the module, or in a file of their own.
 *
 *     1, 1, 1      the format, WebAssembly, SHA-256
 *     sets         count | set | ...                  set:        size | hashes | signatures
 *     hashes       count | 32 bytes | ...
 *     signatures   count | signature | ...            signature:  size | key ID | 1 (Ed25519) | 64 bytes
 *
 * A key ID and the bytes of a signature begin with their size. The last hash of a set is of everything behind
 * the section `signature`; those before it are of what ends with each section `signature_delimiter`. What is
 * signed is `wasmsig`, 1, 1, 1 and the hashes.
 */
import { type Piece, Pieces, u32 } from "./bytes-out.ts";
import { Cursor } from "./cursor.ts";
import { type Section, sectionsOf } from "./sections.ts";

export interface Signature {
  /** Says which key it is of; may be empty. */
  readonly keyId: Uint8Array;
  /** 1 for Ed25519. */
  readonly algorithm: number;
  /** 64 bytes, for Ed25519. */
  readonly bytes: Uint8Array;
}

/** Hashes of the module's parts from its beginning on, and their signatures. */
export interface SignedHashes {
  /** SHA-256, 32 bytes each; one or more. */
  readonly hashes: readonly Uint8Array[];
  readonly signatures: readonly Signature[];
}

/** The number of Ed25519 among algorithms. */
export const ED25519 = 1;

const SECTION = "signature";
const DELIMITER = "signature_delimiter";
const KIND = [1, 1, 1];
const DOMAIN = [...new TextEncoder().encode("wasmsig"), ...KIND];
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const HASH = 32;

/** What is read at most. */
const MOST = {
  /** Bytes of all signatures of a module. */
  bytes: 65_536,
  sets: 16,
  /** In one set. */
  hashes: 64,
  /** In all sets. */
  signatures: 64,
  /** Bytes of one key ID, and of one signature. */
  each: 4_096,
} as const;

/** Where a module's signatures lie, and what they are of. */
export interface Signed {
  /** The contents of the section `signature`; missing in a module without one. */
  readonly embedded: Uint8Array | undefined;
  /** Where that which is signed begins: behind the section `signature`, or behind the header. */
  readonly from: number;
  /** Where each part of it ends: behind each delimiter, and at the end of the module. */
  readonly ends: readonly number[];
}

/**
 * @param bytes any
 * @throws Malformed for bytes that are no module of version 1, and for a section `signature` that is not the
 * first, or not in the shortest form
 */
export function signedIn(bytes: Uint8Array): Signed {
  if (!isModule(bytes)) new Cursor(bytes).fail("found no header of a WebAssembly module of version 1");
  const sections = sectionsOf(bytes);
  const [first] = sections;
  const embedded = first && isCustom(first, SECTION) ? contentsOf(bytes, first) : undefined;
  const stray = sections.find((each, i) => i > 0 && isCustom(each, SECTION));
  if (stray)
    new Cursor(bytes).fail(`found a section (${SECTION}) that is not the first of the module`, stray.start);
  const ends = sections.flatMap((each) => (isCustom(each, DELIMITER) ? [each.end] : []));
  if (ends.at(-1) !== bytes.length) ends.push(bytes.length);
  return { embedded, from: embedded && first ? first.end : HEADER.length, ends };
}

export function isModule(bytes: Uint8Array): boolean {
  return HEADER.every((byte, i) => bytes[i] === byte);
}

/**
 * Reads signatures, and checks none. Their form is the only one for their content, so no byte is without
 * meaning.
 *
 * @throws Malformed naming the byte
 */
export function readSignatures(bytes: Uint8Array): readonly SignedHashes[] {
  const cursor = new Cursor(bytes);
  if (bytes.length > MOST.bytes)
    cursor.fail(`found ${bytes.length} bytes of signatures; at most ${MOST.bytes} are read`);
  for (const wanted of KIND) {
    const found = cursor.byte();
    if (found !== wanted)
      cursor.fail(`found ${found}, wanted ${wanted}: another format of signatures`, cursor.at - 1);
  }
  const sets = listOf(cursor, ["sets of hashes", 3, MOST.sets], () => sized(cursor, "a set", setOf));
  ended(cursor, "the signatures");
  const all = sets.reduce((sum, { signatures }) => sum + signatures.length, 0);
  if (all > MOST.signatures)
    cursor.fail(`found ${all} signatures in all sets; at most ${MOST.signatures} are read`);
  return sets;
}

function setOf(cursor: Cursor): SignedHashes {
  const at = cursor.at;
  const hashes = listOf(cursor, ["hashes", HASH, MOST.hashes], () => taken(cursor, HASH, "a hash"));
  if (hashes.length === 0) cursor.fail("found a set without hashes", at);
  const signatures = listOf(cursor, ["signatures", 4, MOST.signatures], () =>
    sized(cursor, "a signature", signatureOf),
  );
  return { hashes, signatures };
}

function signatureOf(cursor: Cursor): Signature {
  const keyId = bounded(cursor, "a key ID");
  const algorithm = cursor.byte();
  const at = cursor.at;
  const bytes = bounded(cursor, "a signature");
  if (algorithm === ED25519 && bytes.length !== 64)
    cursor.fail(`found an Ed25519 signature of ${bytes.length} bytes, wanted 64`, at);
  return { keyId, algorithm, bytes };
}

function listOf<T>(
  cursor: Cursor,
  [what, least, most]: readonly [what: string, least: number, most: number],
  read: () => T,
): T[] {
  const at = cursor.at;
  const count = shortest(cursor);
  if (count > most) cursor.fail(`found ${count} ${what}; at most ${most} are read`, at);
  const left = cursor.end - cursor.at;
  if (count * least > left) cursor.fail(`found ${count} ${what}, but ${left} bytes are left`, at);
  return Array.from({ length: count }, read);
}

function sized<T>(cursor: Cursor, what: string, read: (part: Cursor) => T): T {
  const part = cursor.part(shortest(cursor), what);
  const found = read(part);
  ended(part, what);
  return found;
}

function bounded(cursor: Cursor, what: string): Uint8Array {
  const at = cursor.at;
  const size = shortest(cursor);
  if (size > MOST.each) cursor.fail(`found ${what} of ${size} bytes; at most ${MOST.each} are read`, at);
  return taken(cursor, size, what);
}

function taken(cursor: Cursor, size: number, what: string): Uint8Array {
  return cursor.part(size, what).rest();
}

function ended(cursor: Cursor, what: string): void {
  if (!cursor.done) cursor.fail(`found ${cursor.end - cursor.at} unused bytes at the end of ${what}`);
}

/** A number in its shortest form: in a longer one, there would be bytes that no signature covers. */
function shortest(cursor: Cursor): number {
  const at = cursor.at;
  const value = cursor.u32();
  if (cursor.at - at !== u32(value).length) cursor.fail(`found ${value} in more bytes than it takes`, at);
  return value;
}

function isCustom(section: Section, name: string): boolean {
  return section.custom && section.name === name;
}

function contentsOf(bytes: Uint8Array, { start, end }: Section): Uint8Array {
  const cursor = new Cursor(bytes, start + 1, end);
  shortest(cursor);
  cursor.skip(shortest(cursor), "a name");
  return cursor.rest();
}

/** What a key signs for a set of hashes. */
export function signedMessage(hashes: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return joined([DOMAIN, ...hashes]);
}

/** The signatures as bytes: the contents of the section, or of a file of their own. */
export function writeSignatures(sets: readonly SignedHashes[]): Uint8Array<ArrayBuffer> {
  return joined([KIND, u32(sets.length), ...sets.map((each) => withSize(setBytes(each)))]);
}

function setBytes({ hashes, signatures }: SignedHashes): Uint8Array {
  const written = signatures.map(({ keyId, algorithm, bytes }) =>
    withSize(joined([withSize(keyId), [algorithm], withSize(bytes)])),
  );
  return joined([u32(hashes.length), ...hashes, u32(signatures.length), ...written]);
}

/** The module with signatures in it, in place of those that it had. @param signatures as bytes */
export function withSignatures(module: Uint8Array, signatures: Uint8Array): Uint8Array<ArrayBuffer> {
  const { from } = signedIn(module);
  const contents = joined([withSize(new TextEncoder().encode(SECTION)), signatures]);
  return joined([HEADER, [0], withSize(contents), module.subarray(from)]);
}

function withSize(bytes: Uint8Array): Uint8Array {
  return joined([u32(bytes.length), bytes]);
}

function joined(pieces: readonly Piece[]): Uint8Array<ArrayBuffer> {
  const all = new Pieces();
  for (const each of pieces) all.add(each);
  return all.joined();
}
