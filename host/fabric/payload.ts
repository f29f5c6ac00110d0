/**
 * What does not fit into a message of a fabric lies among its `payloads` meanwhile, and the message says where:
 *
 *     blob         sha256-…, its digest
 *     blob-bytes   its size
 *
 * What is meant is the bytes of the message and those of the blob behind them, without its last 16. Those are random, so
 * that no two messages have one blob: who deletes its own takes nobody else's.
 */
import { PluginError } from "../errors.ts";
import type { Fabric, Message } from "./fabric.ts";

/** Where a payload lies. */
export interface Payload {
  readonly digest: string;
  /** Bytes of the blob. */
  readonly size: number;
}

/** Random bytes at the end of a blob. */
export const SALT = 16;
/** Bytes that a payload may have, at most: what a hub takes as a file, if nothing else is said. */
export const MOST_PAYLOAD = 2 ** 27 - SALT;

const DIGEST = /^sha256-[A-Za-z0-9+/]{43}=$/;
const SIZE = /^\d{1,15}$/;

/** @throws PluginError those of the fabric */
export async function putPayload({ payloads }: Fabric, bytes: Uint8Array): Promise<Payload> {
  const blob = new Uint8Array(bytes.length + SALT);
  blob.set(bytes);
  crypto.getRandomValues(blob.subarray(bytes.length));
  return { digest: await payloads.put(blob), size: blob.length };
}

/** @param head bytes of the message itself */
export function payloadMessage({ digest, size }: Payload, head: Uint8Array = new Uint8Array(0)): Message {
  return { bytes: head, headers: { blob: digest, "blob-bytes": `${size}` } };
}

/**
 * Where the rest of a message lies.
 *
 * @param what the message is: `the answer`
 * @returns nothing where all of it is there
 * @throws PluginError `bad-peer`
 */
export function payloadOf({ headers }: Message, could: string, what: string): Payload | undefined {
  if (headers?.blob === undefined) return undefined;
  const { blob: digest, "blob-bytes": size = "" } = headers;
  if (DIGEST.test(digest) && SIZE.test(size) && Number(size) >= SALT) return { digest, size: Number(size) };
  const found = `found the headers blob: ${digest} and blob-bytes: ${size || "none"}`;
  throw new PluginError(
    "bad-peer",
    `${could}: ${what} is a blob: ${found}, wanted sha256-… and a number from ${SALT} up`,
  );
}
