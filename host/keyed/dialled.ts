/** A call of a keyed instance, until it is answered. */
import type { Calling, Outgoing } from "../fabric/payloads.ts";

export interface Dialled extends Calling {
  readonly key: string;
  readonly called: string;
  readonly args: readonly unknown[];
  readonly began: number;
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  readonly outgoing: Outgoing;
  /** Why it was not answered yet. */
  why: string;
  /** Of a try that was repeated: it is not said then that nothing ran. */
  failed?: unknown;
}

/** Where a key is called. */
export interface Place {
  readonly node: string;
  readonly version: string;
}

/** The bytes of a try, and its time in milliseconds. */
export interface Sent {
  readonly one: Dialled;
  readonly frame: Uint8Array;
  readonly time: number;
}

/** What came of a try: the answer, or whether the key is elsewhere, as is known now. */
export type Tried = { readonly answer: unknown } | { readonly moved: boolean };
