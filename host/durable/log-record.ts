/** Log records: what a durable plugin writes ahead. */
import type { HostAnswer, UntypedAnswer } from "../generation/question-bytes.ts";

/** The first record after a snapshot: whose calls follow. */
export interface Head {
  readonly kind: "head";
  readonly format: 1 | 2;
  /** Of the store, for its whole life: part of every `callId`. */
  readonly id: string;
  /** The number of the first call that follows. */
  readonly next: number;
  readonly plugin: string;
  readonly version: string;
  /** SHA-256 of the module's bytes, where it is known. */
  readonly digest?: string;
}

/** What is written of the call with a number. */
export type CallRecord<Answer = HostAnswer> = { readonly number: number } & (
  | /** It is about to run. `args` are value bytes of a tuple. */
  { readonly kind: "call"; readonly name: string; readonly args: Uint8Array<ArrayBuffer> }
  /** What the host answered it. */
  | { readonly kind: "answers"; readonly answers: readonly Answer[] }
  /** It answered. Logs of version 1 have another digest, which nobody can compare. */
  | { readonly kind: "end"; readonly digest: number | undefined }
  /** It did not: it trapped, or was refused. */
  | { readonly kind: "drop" }
  /** A recovery is about to run it again. */
  | { readonly kind: "retry" }
);

/** As it is written. */
export type LogRecord = Head | CallRecord;
/** As it is read: older logs have other answers. */
export type ReadRecord = Head | CallRecord<HostAnswer | UntypedAnswer>;
