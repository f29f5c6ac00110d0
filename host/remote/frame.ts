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
 * little-endian. A message is one frame: what carries it says where it ends.
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

export function writeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  const kind = KINDS.indexOf(frame.kind);
  if (frame.kind === "hello") return joined(kind, 0, [text(frame.token)]);
  if (frame.kind === "cancel") return joined(kind, frame.id, []);
  const type = TYPES.indexOf(frame.type as (typeof TYPES)[number]);
  if (type < 0) throw new Misframed(`there is no code for ${frame.type}`);
  if (frame.kind === "answer") {
    const { id, status, body } = frame;
    return joined(kind, id, [Uint8Array.of(status & 255, status >> 8, type), body]);
  }
  const { id, method, path, trace, body } = frame;
  const texts = [path, trace?.traceparent, trace?.tracestate, trace?.baggage].map((each = "") => text(each));
  return joined(kind, id, [Uint8Array.of(METHODS.indexOf(method), type), ...texts, body]);
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

function text(value: string): Uint8Array {
  const bytes = TEXTS.encode(value);
  if (bytes.length > 65_535) throw new Misframed(`a text has ${bytes.length} bytes, at most 65535 are sent`);
  const whole = new Uint8Array(2 + bytes.length);
  new DataView(whole.buffer).setUint16(0, bytes.length, true);
  whole.set(bytes, 2);
  return whole;
}

function joined(kind: number, id: number, parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 6));
  whole[0] = FRAMES;
  whole[1] = kind;
  new DataView(whole.buffer).setUint32(2, id, true);
  let at = 6;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
