/**
 * Frames between a plugin and the server that runs its instance: what goes over the memory that a thread shares with
 * its host, over a wire. One is sent, and answered with the next one that the guest has: an answer, or a question.
 *
 *     said    number u32, kind u32, about u32, what u8, milliseconds f64, content
 *     heard   kind u32, about u32, fuel f64, content
 *
 * Numbers are little-endian. Content with facts in it is the length of their JSON as u32, the JSON, and bytes.
 */
import { Kind, type Message } from "../../worker/wire.ts";

export interface Said extends Message {
  /** One more than that of the frame before; the same for one that is sent again. */
  readonly number: number;
  /** What the guest does with it, and its milliseconds. */
  readonly what: "call" | "hook";
  readonly milliseconds: number;
}

export interface Heard extends Message {
  readonly fuelUsed: number | undefined;
}

/** In place of an answer: the instance has ended; why is told in JSON. */
export const GONE = 16;
/** Kinds that a plugin sends, and that a guest does. */
const SAID: readonly number[] = [Kind.call, Kind.again, Kind.order, Kind.answer, Kind.refused];
const HEARD: readonly number[] = [Kind.ask, Kind.returned, Kind.failed, Kind.done, GONE];

/** Bytes before the content. */
export const SAID_HEAD = 21;
const HEARD_HEAD = 16;

export function writeSaid({ number, kind, about, what, milliseconds, bytes }: Said): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(SAID_HEAD + bytes.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, number, true);
  view.setUint32(4, kind, true);
  view.setUint32(8, about, true);
  view.setUint8(12, what === "call" ? 0 : 1);
  view.setFloat64(13, milliseconds, true);
  frame.set(bytes, SAID_HEAD);
  return frame;
}

/** @returns nothing for bytes that are no such frame */
export function readSaid(frame: Uint8Array): Said | undefined {
  if (frame.length < SAID_HEAD) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset);
  const [kind, what, milliseconds] = [view.getUint32(4, true), view.getUint8(12), view.getFloat64(13, true)];
  if (!SAID.includes(kind) || what > 1 || !(milliseconds >= 0)) return undefined;
  return {
    number: view.getUint32(0, true),
    kind,
    about: view.getUint32(8, true),
    what: what === 0 ? "call" : "hook",
    milliseconds,
    bytes: frame.subarray(SAID_HEAD),
  };
}

export function writeHeard({ kind, about, fuelUsed, bytes }: Heard): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(HEARD_HEAD + bytes.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, kind, true);
  view.setUint32(4, about, true);
  view.setFloat64(8, fuelUsed ?? -1, true);
  frame.set(bytes, HEARD_HEAD);
  return frame;
}

/** @returns nothing for bytes that are no such frame */
export function readHeard(frame: Uint8Array): Heard | undefined {
  if (frame.length < HEARD_HEAD) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset);
  const [kind, fuel] = [view.getUint32(0, true), view.getFloat64(8, true)];
  if (!HEARD.includes(kind) || Number.isNaN(fuel)) return undefined;
  const about = view.getUint32(4, true);
  return { kind, about, fuelUsed: fuel < 0 ? undefined : fuel, bytes: frame.subarray(HEARD_HEAD) };
}

const [ENCODER, DECODER] = [new TextEncoder(), new TextDecoder("utf-8", { fatal: true })];
const NOTHING = new Uint8Array(0);

/** Facts, and what is too large for them. */
export interface Parts {
  readonly facts: unknown;
  readonly bulk: Uint8Array<ArrayBuffer>;
}

export function writeParts(facts: unknown, bulk: Uint8Array = NOTHING): Uint8Array<ArrayBuffer> {
  const json = ENCODER.encode(JSON.stringify(facts));
  const content = new Uint8Array(4 + json.length + bulk.length);
  new DataView(content.buffer).setUint32(0, json.length, true);
  content.set(json, 4);
  content.set(bulk, 4 + json.length);
  return content;
}

/** @returns nothing for bytes that are no such parts */
export function readParts(content: Uint8Array): Parts | undefined {
  if (content.length < 4) return undefined;
  const length = new DataView(content.buffer, content.byteOffset).getUint32(0, true);
  if (length > content.length - 4) return undefined;
  try {
    const facts: unknown = JSON.parse(DECODER.decode(content.subarray(4, 4 + length)));
    return { facts, bulk: content.slice(4 + length) };
  } catch {
    return undefined;
  }
}
