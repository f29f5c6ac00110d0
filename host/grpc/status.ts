/** Errors as callers of gRPC expect them: a status, and the same details for programs (google.rpc.Status, AIP-193). */
import { Metadata, type StatusObject, status } from "@grpc/grpc-js";
import protobuf from "protobufjs/minimal.js";
import { type ErrorCode, PluginError } from "../errors.ts";

/** Where nothing else is said, the server or its plugin is at fault. */
const OTHERS = status.INTERNAL;
const STATUS: Partial<Record<ErrorCode, status>> = {
  argument: status.INVALID_ARGUMENT,
  denied: status.UNAUTHENTICATED,
  mismatch: status.UNIMPLEMENTED,
  "too-large": status.RESOURCE_EXHAUSTED,
  // A plugin's err is no failure of the server, and the same call would fail again.
  "guest-error": status.FAILED_PRECONDITION,
  "queue-full": status.RESOURCE_EXHAUSTED,
  "out-of-fuel": status.RESOURCE_EXHAUSTED,
  // Callers make such a call again, which they may: it was not made.
  closed: status.UNAVAILABLE,
  "crash-loop": status.UNAVAILABLE,
  deadline: status.DEADLINE_EXCEEDED,
  "out-of-time": status.DEADLINE_EXCEEDED,
};

export function statusOf(code: ErrorCode): status {
  return STATUS[code] ?? OTHERS;
}

/** The key of an answer's metadata with an error's code. */
const CODE = "moult-code";
/** The key that makers of clients agree upon. */
const DETAILS = "grpc-status-details-bin";
/** Characters of a message: a caller may allow 8 KiB of metadata, in which others take up to three bytes. */
const MOST_MESSAGE = 1_000;
/** Bytes of an err: as text they are a third more. */
const MOST_ERR = 4_096;

/** An err that a plugin answered. */
export interface Err {
  /** The message's full name. */
  readonly type: string;
  readonly bytes: Uint8Array;
}

export interface FailedOptions {
  readonly err?: Err | undefined;
  /** @default the status of the error's code */
  readonly number?: status;
}

/** The status for what a call failed with. */
export function failed(
  error: unknown,
  { err, number }: FailedOptions = {},
): Partial<StatusObject> & { code: status; details: string } {
  const known =
    error instanceof PluginError
      ? error
      : new PluginError("internal", "could not answer the call", { cause: error });
  const { code } = known;
  const own = number ?? statusOf(code);
  const fits = err !== undefined && err.bytes.length <= MOST_ERR;
  const left =
    err === undefined || fits ? "" : `; its err of ${err.bytes.length} bytes is too large to be sent here`;
  const details = `${cut(known.rawMessage)}${left}`;
  const metadata = new Metadata();
  metadata.set(CODE, code);
  metadata.set(DETAILS, Buffer.from(statusBytes(own, details, { code, ...(fits && { err }) })));
  return { code: own, details, metadata };
}

/** A text that can be a header: one whose end is cut may end in half a character. */
function cut(text: string): string {
  const short = text.length > MOST_MESSAGE ? `${text.slice(0, MOST_MESSAGE - 1)}…` : text;
  return Buffer.from(short).toString();
}

/** A `google.rpc.Status` with a `google.rpc.ErrorInfo`, and the err. */
function statusBytes(
  number: status,
  message: string,
  { code, err }: { readonly code: ErrorCode; readonly err?: Err | false | undefined },
): Uint8Array {
  const to = protobuf.Writer.create();
  to.uint32(8).int32(number).uint32(18).string(message);
  const reason = code.replace(/-/g, "_").toUpperCase();
  const info = protobuf.Writer.create().uint32(10).string(reason).uint32(18).string("moult").finish();
  any(to, "google.rpc.ErrorInfo", info);
  if (err) any(to, err.type, err.bytes);
  return to.finish();
}

function any(to: protobuf.Writer, type: string, bytes: Uint8Array): void {
  to.uint32(26).fork().uint32(10).string(`type.googleapis.com/${type}`).uint32(18).bytes(bytes).ldelim();
}
