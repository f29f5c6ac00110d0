/** Log records: what a durable plugin writes ahead. */
import type { HostAnswer, UntypedAnswer } from "../generation/question-bytes.ts";

/** The first record after a snapshot, which identifies the calls that follow. */
export interface Head {
  readonly kind: "head";
  readonly format: 1 | 2;
  /** The store's id, for its whole life; part of every `callId`. */
  readonly id: string;
  /** The number of the first call that follows. */
  readonly next: number;
  readonly plugin: string;
  readonly version: string;
  /** SHA-256 of the module's bytes, where it is known. */
  readonly digest?: string;
}

/** The records of the call with a number. */
export type CallRecord<Answer = HostAnswer> = { readonly number: number } & (
  | /** It is about to run. `args` are value bytes of a tuple. */
  { readonly kind: "call"; readonly name: string; readonly args: Uint8Array<ArrayBuffer> }
  /** The host's answers to the call. */
  | { readonly kind: "answers"; readonly answers: readonly Answer[] }
  /** The call was answered. Logs of version 1 have another digest, which cannot be compared. */
  | { readonly kind: "end"; readonly digest: number | undefined }
  /** The call trapped or was refused. */
  | { readonly kind: "drop" }
  /** A recovery is about to run the call again. */
  | { readonly kind: "retry" }
);

/** A record as it is written. */
export type LogRecord = Head | CallRecord;
/** A record as it is read: older logs have another kind of answers. */
export type ReadRecord = Head | CallRecord<HostAnswer | UntypedAnswer>;
