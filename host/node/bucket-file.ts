/**
 * Files of buckets: one for each key, named by the key's digest, so that no key can be a path, a name of the
 * system's, or the same as another where case does not count. Each has its key in it, and a seal over all.
 */
import { createHash } from "node:crypto";

/** `moultkv` and the version of the format. */
const MAGIC = Uint8Array.of(0x6d, 0x6f, 0x75, 0x6c, 0x74, 0x6b, 0x76, 1);
/** SHA-256: of the name of the write, and as a seal. */
const DIGEST = 32;
/** The magic, the length of the key in 32 bits, little-endian, and the digest of the write's name. */
const HEAD = MAGIC.length + 4 + DIGEST;
const NAME = /^[0-9a-f]{64}$/;

export function isValueFile(name: string): boolean {
  return NAME.test(name);
}

/** The name of a key's file. */
export function valueFileName(key: string): string {
  return digest(Buffer.from(key)).toString("hex");
}

/** The name of a bucket's folder: something to read, and the digest of the bucket's name. */
export function bucketFolderName(bucket: string): string {
  const readable = bucket
    .replaceAll(/[^a-zA-Z0-9]+/g, "-")
    .toLowerCase()
    .slice(0, 32);
  return `${readable}~${digest(Buffer.from(bucket)).toString("hex")}`;
}

/** A key and its value, as a file has them. */
export interface Entry {
  readonly key: string;
  readonly value: Uint8Array;
  /** The write that it is of: what `writeName` gives. */
  readonly write: string;
}

/** The name of a write, of fixed length. */
export function writeName(callId: string): string {
  return digest(Buffer.from(callId)).toString("hex");
}

/** The bytes of a file. */
export function sealed({ key, value, write }: Entry): Uint8Array {
  const name = Buffer.from(key);
  const head = Buffer.alloc(HEAD);
  head.set(MAGIC);
  head.writeUInt32LE(name.length, MAGIC.length);
  head.write(write, MAGIC.length + 4, "hex");
  const body = Buffer.concat([head, name, value]);
  return Buffer.concat([body, digest(body)]);
}

/** @returns undefined for a file that is damaged, or not named by its key */
export function unsealed(name: string, bytes: Uint8Array): Entry | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = file.length - DIGEST;
  if (end < HEAD || !MAGIC.every((byte, i) => file[i] === byte)) return undefined;
  const at = HEAD + file.readUInt32LE(MAGIC.length);
  if (at > end || !digest(file.subarray(0, end)).equals(file.subarray(end))) return undefined;
  const key = file.toString("utf8", HEAD, at);
  if (valueFileName(key) !== name) return undefined;
  const write = file.toString("hex", HEAD - DIGEST, HEAD);
  return { key, write, value: new Uint8Array(file.subarray(at, end)) };
}

function digest(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}
