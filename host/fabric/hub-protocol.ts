/**
 * What a hub and those who use it say to each other over HTTP, described in `docs/fabrics.md`.
 *
 *     GET  /                 what it is: JSON
 *     GET  /values/KEY       a list of the change that is its value, or of none
 *     POST /values/KEY       a value; `if` is the revision of the last change, or `none`: JSON
 *     POST /delete/KEY       `if` is the revision of the last change: JSON
 *     GET  /keys             those that begin with `prefix`: JSON
 *     GET  /history/KEY      a list of changes
 *     GET  /watch            a page of `values` or `nodes` (`of`): what was changed after `revision` in `life`
 *     POST /blobs            a blob of `blobs` or `payloads` (`of`): JSON
 *     GET  /blobs/NAME       a blob
 *     GET  /has/NAME         whether it is there: JSON
 *     POST /remove/NAME      deletes it: JSON
 *     POST /nodes            a node says what it serves, and where: JSON
 *
 * And what callers say to a node:
 *
 *     POST /take/SUBJECT     a message
 */

import * as z from "zod/mini";
import { AbiError, decode, encode, parseSchema } from "../../abi/tools.ts";
import { PluginError } from "../errors.ts";
import { jsonOf } from "../remote/json-of.ts";
import { CHANGE, type ChangeDatum, changeFrom, datumOf } from "./change-datum.ts";
import type { Change, Message } from "./fabric.ts";
import type { Page } from "./memory-key-value.ts";
import { areHeaders } from "./message.ts";

export { BYTES } from "../remote/protocol.ts";

/** The version of the protocol. */
export const HUB_PROTOCOL = 1;
/** Data of Avro: pages, lists of changes. */
export const AVRO = "avro/binary";
/** A node does not serve the subject, and no handler had the message. */
export const NOT_SERVED = 421;
/** A node has too many messages, and no handler had this one. */
export const TOO_MANY = 429;
/** Bytes of the headers of a message, at most. */
export const MOST_HEADERS = 20_480;
/** Milliseconds between two words of a node that it is there. */
export const EVERY = 2_000;
/** Words that it may miss. */
export const MISSED = 3;

const CHANGES = parseSchema({ type: "array", items: CHANGE });
const PAGE = parseSchema({
  type: "record",
  name: "Page",
  fields: [
    { name: "life", type: "string" },
    { name: "revision", type: "long" },
    { name: "whole", type: "boolean" },
    { name: "more", type: "boolean" },
    { name: "changes", type: { type: "array", items: CHANGE } },
  ],
});

/** What a hub says of itself. */
export const hubSchema = z.object({
  fabric: z.int(),
  maxMessageBytes: z.int().check(z.nonnegative()),
});

const subject = z.string().check(z.maxLength(256), z.regex(/^[\w-]+(\.[\w-]+)*$/));

/** What a node says of itself. */
export const nodeSchema = z.object({
  node: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
  url: z.string().check(
    z.maxLength(2_048),
    z.refine((url) => isAddress(url)),
  ),
  subjects: z.array(subject).check(z.maxLength(100_000)),
});
export type NodeSaid = z.infer<typeof nodeSchema>;

function isAddress(text: string): boolean {
  const url = URL.parse?.(text) ?? parsed(text);
  return url !== null && /^https?:$/.test(url.protocol) && !url.username && !url.password;
}

function parsed(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

export function changesBytes(changes: readonly Change[]): Uint8Array {
  return encode(CHANGES, changes.map(datumOf));
}

/** @throws AbiError */
export function changesOf(bytes: Uint8Array): Change[] {
  return (decode(CHANGES, bytes) as ChangeDatum[]).map(changeFrom);
}

export function pageBytes(page: Page): Uint8Array {
  return encode(PAGE, { ...page, revision: BigInt(page.revision), changes: page.changes.map(datumOf) });
}

/** @throws AbiError */
export function pageOf(bytes: Uint8Array): Page {
  const page = decode(PAGE, bytes) as Omit<Page, "revision" | "changes"> & {
    readonly revision: bigint;
    readonly changes: readonly ChangeDatum[];
  };
  return { ...page, revision: Number(page.revision), changes: page.changes.map(changeFrom) };
}

/** A message: the length of its headers in 32 bits, little-endian, the headers as JSON, its bytes. */
export function messageBytes({ bytes, headers }: Message): Uint8Array {
  const head = new TextEncoder().encode(headers ? JSON.stringify(headers) : "");
  const whole = new Uint8Array(4 + head.length + bytes.length);
  new DataView(whole.buffer).setUint32(0, head.length, true);
  whole.set(head, 4);
  whole.set(bytes, 4 + head.length);
  return whole;
}

/** @throws PluginError `bad-peer` */
export function messageOf(whole: Uint8Array, could: string): Message {
  const view = new DataView(whole.buffer, whole.byteOffset, whole.byteLength);
  const length = whole.length < 4 ? Number.POSITIVE_INFINITY : view.getUint32(0, true);
  if (length > Math.min(whole.length - 4, MOST_HEADERS)) throw noMessage(could);
  const bytes = new Uint8Array(whole.subarray(4 + length));
  if (length === 0) return { bytes };
  const headers = jsonOf(whole.subarray(4, 4 + length));
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) throw noMessage(could);
  if (!areHeaders(headers as Record<string, unknown>)) throw noMessage(could);
  return { bytes, headers: headers as Record<string, string> };
}

function noMessage(could: string): PluginError {
  return new PluginError("bad-peer", `${could}: found no message`);
}

/** What a peer's bytes are. @throws PluginError `bad-peer` */
export function readable<T>(could: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof AbiError)) throw cause;
    throw new PluginError("bad-peer", `${could}: its hub's answer cannot be read: ${cause.message}`, {
      cause,
    });
  }
}
