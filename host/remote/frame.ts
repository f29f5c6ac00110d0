/**
 * Requests and answers as frames, for what carries messages instead of HTTP: many at a time, in one connection.
 *
 *     byte  version    kind    id         then
 *           1          hello   0          token
 *           1          request u32        method, type, path, traceparent, tracestate, baggage, body
 *           1          answer  u32        status u16, type, body
 *           1          cancel  u32
 *
 * Methods and types are a byte each, texts a length in two bytes and UTF-8, and a body is all that follows. Numbers are
 * little-endian. A message is one frame: what carries it says where it ends, or each goes after its length (packed.ts).
 */
import * as z from "zod/mini";
import { bytesOf } from "./channel.ts";
import { BYTES, JSON_TYPE, PROBLEM, SNAPSHOT, VALUES, WASM } from "./protocol.ts";
import { readTrace, type Trace } from "./trace.ts";

export type Frame = Hello | Asking | Answering | Cancelling;

/** The first of a connection: by its token its requests are granted what they may do. */
export interface Hello {
  readonly kind: "hello";
  readonly token: string;
}

export interface Asking {
  readonly kind: "request";
  readonly id: number;
  readonly method: "GET" | "POST";
  readonly type: string | undefined;
  /** Below the base, with its query. */
  readonly path: string;
  readonly trace: Trace | undefined;
  readonly body: Uint8Array;
}

export interface Answering {
  readonly kind: "answer";
  readonly id: number;
  readonly status: number;
  readonly type: string | undefined;
  readonly body: Uint8Array;
}

/** Its caller does not wait any more. */
export interface Cancelling {
  readonly kind: "cancel";
  readonly id: number;
}

export const FRAMES = 1;
/** Bytes of a frame's length, little-endian, where frames follow each other. */
export const LENGTH = 4;
/** Bytes of a frame besides its body, at most. */
export const MOST_HEAD = 16_384;
const KINDS = ["hello", "request", "answer", "cancel"] as const;
const METHODS = ["GET", "POST"] as const;
const TYPES = [undefined, VALUES, JSON_TYPE, PROBLEM, WASM, SNAPSHOT, BYTES] as const;
const TEXTS = new TextEncoder();
const READER = new TextDecoder("utf-8", { fatal: true });

/** Whether a frame can have a body of the type. */
export function isFramed(type: string | undefined): boolean {
  return TYPES.includes(type as (typeof TYPES)[number]);
}

/** What is no frame. */
export class Misframed extends Error {
  override readonly name = "Misframed";
}

const tokenSchema = z.string().check(z.maxLength(4_096), z.regex(/^[\w.~+/=-]*$/));
const pathSchema = z.string().check(z.maxLength(4_096), z.regex(/^[\x21-\x7e]*$/));
const statusSchema = z.int().check(z.minimum(100), z.maximum(599));

/** @returns its bytes, in a buffer of their own: behind their length, which some channels send too */
export function writeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  const kind = KINDS.indexOf(frame.kind);
  if (frame.kind === "hello") {
    const token = TEXTS.encode(frame.token);
    const writer = new Writer(kind, 0, 2 + token.length);
    writer.text(token);
    return writer.frame;
  }
  if (frame.kind === "cancel") return new Writer(kind, frame.id, 0).frame;
  const type = TYPES.indexOf(frame.type as (typeof TYPES)[number]);
  if (type < 0) throw new Misframed(`there is no code for ${frame.type}`);
  if (frame.kind === "answer") {
    const { id, status, body } = frame;
    const writer = new Writer(kind, id, 3 + body.length);
    writer.bytes(status & 255, status >> 8, type);
    writer.rest(body);
    return writer.frame;
  }
  const { id, method, path, trace, body } = frame;
  const texts = [textBytes(path), ...tracesOf(trace)];
  const size = texts.reduce((sum, { length }) => sum + 2 + length, 2 + body.length);
  const writer = new Writer(kind, id, size);
  writer.bytes(METHODS.indexOf(method), type);
  for (const each of texts) writer.text(each);
  writer.rest(body);
  return writer.frame;
}

/** A frame of what came over a channel. @throws Misframed */
export function frameOf(data: unknown): Frame {
  if (data instanceof Misframed) throw data;
  const bytes = bytesOf(data);
  if (!bytes) throw new Misframed("it is no bytes");
  return readFrame(bytes);
}

/** @throws Misframed for anything else: nothing in it is used before all of it was checked */
export function readFrame(bytes: Uint8Array): Frame {
  if (bytes.length < 6) throw new Misframed("it ends in its head");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes[0] !== FRAMES) throw new Misframed(`it is of version ${bytes[0]}, wanted ${FRAMES}`);
  const kind = KINDS[bytes[1]!];
  const id = view.getUint32(2, true);
  let at = 6;
  const need = (more: number) => {
    if (at + more > bytes.length) throw new Misframed("it ends in its head");
  };
  const byte = () => {
    need(1);
    return bytes[at++]!;
  };
  const short = () => {
    need(2);
    at += 2;
    return view.getUint16(at - 2, true);
  };
  const texted = () => {
    const length = short();
    need(length);
    at += length;
    if (at > MOST_HEAD) throw new Misframed(`its head has more than ${MOST_HEAD} bytes`);
    try {
      return READER.decode(bytes.subarray(at - length, at));
    } catch {
      throw new Misframed("a text of it is no UTF-8");
    }
  };
  const whole = <T extends Frame>(frame: T): T => {
    if (at !== bytes.length) throw new Misframed("it goes on after its end");
    return frame;
  };
  if (kind === "hello") {
    const token = checked(tokenSchema, texted(), "token");
    if (id !== 0) throw new Misframed("it has a number, and is the first");
    return whole({ kind, token });
  }
  if (kind === "cancel") return whole({ kind, id });
  if (kind === "answer") {
    const status = checked(statusSchema, short(), "status");
    const type = coded(TYPES, byte());
    return { kind, id, status, type, body: bytes.subarray(at) };
  }
  if (kind !== "request") throw new Misframed(`its kind is ${bytes[1]}`);
  const method = coded(METHODS, byte());
  const type = coded(TYPES, byte());
  const path = checked(pathSchema, texted(), "path");
  const traced = { traceparent: texted(), tracestate: texted(), baggage: texted() };
  const trace = readTrace((name) => traced[name]);
  return { kind, id, method, type, path, trace, body: bytes.subarray(at) };
}

function checked<T>(schema: z.ZodMiniType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Misframed(`its ${what} cannot be used`);
}

function coded<T>(all: readonly T[], code: number): T {
  if (code < all.length) return all[code]!;
  throw new Misframed(`it has the code ${code}, of ${all.length}`);
}

const NONE = new Uint8Array(0);
const NO_TRACE = [NONE, NONE, NONE] as const;

function tracesOf(trace: Trace | undefined): readonly Uint8Array[] {
  if (!trace) return NO_TRACE;
  return [trace.traceparent, trace.tracestate, trace.baggage].map((each = "") => TEXTS.encode(each));
}

/** Paths are few, and each is sent over and over. */
const PATHS = new Map<string, Uint8Array>();
const MOST_PATHS = 64;
const LONGEST_PATH = 128;

function textBytes(path: string): Uint8Array {
  const known = PATHS.get(path);
  if (known) return known;
  const bytes = TEXTS.encode(path);
  if (PATHS.size < MOST_PATHS && path.length <= LONGEST_PATH) PATHS.set(path, bytes);
  return bytes;
}

/** So many bytes of a buffer that has their length before them, and nothing else. */
export function withRoom(length: number): Uint8Array<ArrayBuffer> {
  const buffer = new ArrayBuffer(LENGTH + length);
  new DataView(buffer).setUint32(0, length, true);
  return new Uint8Array(buffer, LENGTH);
}

class Writer {
  readonly frame: Uint8Array<ArrayBuffer>;
  #at = 6;

  /** @param size bytes of what follows its head */
  constructor(kind: number, id: number, size: number) {
    this.frame = withRoom(6 + size);
    this.frame[0] = FRAMES;
    this.frame[1] = kind;
    for (let i = 0; i < 4; i++) this.frame[2 + i] = id >>> (8 * i);
  }

  bytes(...bytes: readonly number[]): void {
    for (const byte of bytes) this.frame[this.#at++] = byte;
  }

  text(bytes: Uint8Array): void {
    const { length } = bytes;
    if (length > 65_535) throw new Misframed(`a text has ${length} bytes, at most 65535 are sent`);
    this.bytes(length & 255, length >> 8);
    this.rest(bytes);
  }

  rest(bytes: Uint8Array): void {
    this.frame.set(bytes, this.#at);
    this.#at += bytes.length;
  }
}
