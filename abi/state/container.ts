/** Snapshot files: Avro object container files with one datum, a plugin's state. */

import { sha256 } from "#sha256";
import { AbiError } from "../error.ts";
import { LIMITS } from "../limits.ts";
import { Cursor } from "./avro/cursor.ts";
import { digestOf } from "./avro/digest.ts";
import { fingerprint as fingerprintOf } from "./avro/fingerprint.ts";
import { hex } from "./avro/hex.ts";
import type { Schema } from "./avro/schema.ts";
import { parseSchema } from "./avro/schema-parser.ts";
import { Sink } from "./avro/sink.ts";
import { checkDatum } from "./avro/skip.ts";

/** A state outside of an instance. */
export interface Snapshot {
  /** In Avro's JSON form. With `"bytes"` the datum is opaque to everything but the author's own hooks. */
  readonly schema: unknown;
  /** The bytes in Avro's binary encoding of the schema; for an opaque state, as its author wrote them. */
  readonly datum: Uint8Array<ArrayBuffer>;
  /** The plugin that the state comes from; `undefined` in a file of another Avro tool. */
  readonly plugin: string | undefined;
  readonly version: string | undefined;
  /** See `fingerprint`. */
  readonly fingerprint: string;
}

const MAGIC = [0x4f, 0x62, 0x6a, 0x01];
const SYNC = 16;
/**
 * Our entries of a file's header. The seal is the SHA-256 of the others, so that any changed bit is noticed.
 */
const OWN = ["plugin", "version", "fingerprint", "digest", "seal"].map((key) => `moult.${key}`);

/** The argument of `writeSnapshot`. */
export type Unwritten = Snapshot & { readonly plugin: string; readonly version: string };

/**
 * Writes a snapshot file, which any Avro tool can read. Equal snapshots give equal bytes.
 *
 * @param snapshot with the SHA-256 of the datum as `digest`, where it is already known
 */
export async function writeSnapshot(
  snapshot: Unwritten & { readonly digest?: string },
): Promise<Uint8Array<ArrayBuffer>> {
  const header = headerOf(snapshot, snapshot.digest ?? (await digestOf(snapshot.datum)));
  header.set("moult.seal", await digestOf(sealed(header)));
  return fileOf(snapshot, header);
}

/** The same file, made synchronously. */
export function packSnapshot(snapshot: Unwritten): Uint8Array<ArrayBuffer> {
  const header = headerOf(snapshot, sha256(snapshot.datum));
  header.set("moult.seal", sha256(sealed(header)));
  return fileOf(snapshot, header);
}

function headerOf({ schema, plugin, version, fingerprint }: Unwritten, digest: string): Map<string, string> {
  return new Map([
    ["avro.schema", JSON.stringify(schema)],
    ["avro.codec", "null"],
    ["moult.plugin", plugin],
    ["moult.version", version],
    ["moult.fingerprint", fingerprint],
    ["moult.digest", digest],
  ]);
}

function fileOf(
  { schema, datum, fingerprint }: Unwritten,
  header: ReadonlyMap<string, string>,
): Uint8Array<ArrayBuffer> {
  const sink = new Sink(datum.length + 4096, datum.length + LIMITS.manifest * 2);
  sink.raw(Uint8Array.from(MAGIC));
  writeHeader(sink, header);
  const sync = Uint8Array.from({ length: SYNC }, (_, i) =>
    Number.parseInt(fingerprint.slice(2 * i, 2 * i + 2), 16),
  );
  sink.raw(sync);
  // An opaque state becomes a value of Avro's bytes: its length, then the bytes.
  const length = new Sink(10, 10);
  if (parseSchema(schema).kind === "bytes") length.long(BigInt(datum.length));
  sink.long(1n);
  sink.long(BigInt(length.length + datum.length));
  sink.raw(length.done());
  sink.raw(datum);
  sink.raw(sync);
  return sink.done();
}

function writeHeader(sink: Sink, header: ReadonlyMap<string, string>): void {
  const encoder = new TextEncoder();
  sink.long(BigInt(header.size));
  for (const [key, value] of header) {
    sink.run(encoder.encode(key));
    sink.run(encoder.encode(value));
  }
  sink.byte(0);
}

/**
 * The input of the seal: our header entries in a fixed order, because other tools may reorder them;
 * `avro.codec` is left out.
 */
function sealed(header: ReadonlyMap<string, string>): Uint8Array<ArrayBuffer> {
  const sink = new Sink(4096, LIMITS.manifest * 4);
  const keys = ["avro.schema", ...OWN].filter((key) => key !== "moult.seal");
  writeHeader(sink, new Map(keys.map((key) => [key, header.get(key) ?? ""])));
  return sink.done();
}

/**
 * Reads a snapshot file, of ours or of another Avro tool, and checks all of it: form, digests, and the datum
 * against its schema.
 *
 * @throws AbiError `snapshot`, which names the place, for an invalid file
 */
export async function readSnapshot(bytes: Uint8Array): Promise<Snapshot> {
  const cursor = new Cursor(bytes);
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) {
    cursor.fail(
      `found no Avro object container file (it begins with ${hex(bytes.subarray(0, 4)) || "nothing"})`,
    );
  }
  cursor.pos = MAGIC.length;
  const header = readHeader(cursor);
  const codec = header.get("avro.codec") ?? "null";
  if (codec !== "null") broken(`it is compressed with ${JSON.stringify(codec)}, wanted the codec "null"`);
  const body = readBlocks(cursor);
  const schema = readSchema(header.get("avro.schema"));
  const parsed = inside("its schema cannot be used", () => parseSchema(schema));
  const datum = inside("its datum is not of its schema", () => unwrap(parsed, body));
  const fingerprint = await fingerprintOf(schema);
  if (OWN.some((key) => header.has(key))) await checkOwn(header, { fingerprint, datum });
  if (parsed.kind !== "bytes") inside("its datum is not of its schema", () => checkDatum(parsed, datum));
  return {
    schema,
    datum,
    plugin: header.get("moult.plugin"),
    version: header.get("moult.version"),
    fingerprint,
  };
}

function readHeader(cursor: Cursor): Map<string, string> {
  const header = new Map<string, string>();
  for (let left = cursor.block(2); left > 0; left = cursor.block(2)) {
    while (left-- > 0) {
      const from = cursor.pos;
      const key = cursor.string();
      if (header.has(key)) cursor.fail(`found the header entry ${JSON.stringify(key)} twice`, from);
      const start = cursor.run(`the header entry ${JSON.stringify(key)}`);
      if (cursor.pos - start > LIMITS.manifest) {
        cursor.fail(`found a header entry of more than ${LIMITS.manifest} bytes`, from);
      }
      // Entries of other tools may have any bytes, and are ignored.
      if (!key.startsWith("avro.") && !key.startsWith("moult.")) continue;
      cursor.pos = from;
      cursor.string();
      header.set(key, cursor.string());
    }
  }
  return header;
}

/** The bytes of the one datum. */
function readBlocks(cursor: Cursor): Uint8Array {
  const { bytes } = cursor;
  const sync = cursor.take(SYNC, "a sync marker");
  let found = 0;
  let datum = bytes.subarray(0, 0);
  while (cursor.pos < cursor.end) {
    const from = cursor.pos;
    const count = cursor.size();
    if (count < 0) cursor.fail(`found a block of ${count} states`, from);
    const start = cursor.run("a block");
    if (count > 0) datum = bytes.subarray(start, cursor.pos);
    const again = cursor.take(SYNC, "a sync marker");
    for (let i = 0; i < SYNC; i++) {
      if (bytes[sync + i] !== bytes[again + i])
        cursor.fail("found another sync marker than in the header", again);
    }
    found += count;
  }
  if (found !== 1) broken(`it holds ${found} states, wanted one`);
  return datum;
}

/** An opaque state is stored as a value of Avro's bytes. */
function unwrap(schema: Schema, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const datum = body.slice();
  if (schema.kind !== "bytes") return datum;
  const cursor = new Cursor(datum);
  const start = cursor.run("bytes");
  cursor.finish();
  return datum.subarray(start);
}

function readSchema(text: string | undefined): unknown {
  if (text === undefined) broken('its header has no "avro.schema"');
  try {
    return JSON.parse(text);
  } catch (cause) {
    return broken(`its schema is not JSON: ${(cause as Error).message}`, cause);
  }
}

async function checkOwn(
  header: ReadonlyMap<string, string>,
  found: { fingerprint: string; datum: Uint8Array<ArrayBuffer> },
): Promise<void> {
  const missing = OWN.filter((key) => !header.has(key));
  if (missing.length > 0) broken(`its header has no "${missing.join('", "')}"`);
  const wanted = header.get("moult.fingerprint");
  if (wanted !== found.fingerprint) {
    broken(`its schema has the fingerprint ${found.fingerprint}, its header says ${wanted}`);
  }
  const digest = await digestOf(found.datum);
  if (digest !== header.get("moult.digest")) {
    broken(`its datum has the SHA-256 ${digest}, its header says ${header.get("moult.digest")}`);
  }
  const seal = await digestOf(sealed(header));
  if (seal !== header.get("moult.seal")) {
    broken(`its header has the SHA-256 ${seal}, its seal says ${header.get("moult.seal")}`);
  }
}

function broken(problem: string, cause?: unknown): never {
  throw new AbiError("snapshot", `the snapshot cannot be used: ${problem}`, { cause });
}

/** An error in the content is reported as an error of the file. */
function inside<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof AbiError)) throw cause;
    return broken(`${what}: ${cause.message}`, cause);
  }
}
