/** THE port to a cluster's engine: all that moult needs of one. Memory, HTTP and NATS implement it. */

export interface Fabric extends AsyncDisposable {
  /** Where it is, for messages: `memory`, `nats://127.0.0.1:4222`. */
  readonly shown: string;
  readonly kv: KeyValue;
  readonly blobs: Blobs;
  /** Bytes of a message, at most; more goes as a blob. */
  readonly maxMessageBytes: number;

  /**
   * Takes the messages of a subject. Several may: each message goes to one of them.
   *
   * @param subject tokens of letters, digits, `_` and `-`, joined by dots
   * @throws PluginError `unavailable`
   */
  serve(subject: string, handler: Handler): Promise<Serving>;
  /**
   * Sends a message to one that serves the subject.
   *
   * @throws Unserved where no handler got it; PluginError `deadline`, `unavailable`, `too-large`; the signal's reason
   */
  call(subject: string, sent: Message, options: CallOptions): Promise<Message>;
  close(): Promise<void>;
}

export interface Message {
  readonly bytes: Uint8Array;
  /** Few and short: `traceparent`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers a message. It never throws: its errors are messages, too. */
export type Handler = (message: Message, signal: AbortSignal) => Promise<Message>;

export interface CallOptions {
  /** Milliseconds that the answer may take to come. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Serving {
  /** Takes no more messages. @returns resolves when all that were taken are answered */
  drain(): Promise<void>;
}

/** A value, and how often its key was changed before: every change of a key has a higher revision. */
export interface Entry {
  readonly key: string;
  readonly value: Uint8Array;
  readonly revision: number;
}

/** A change that a watcher is told of. */
export type Change = Entry | { readonly key: string; readonly deleted: true; readonly revision: number };

/** Keys are tokens of letters, digits, `_`, `-` and `=`, joined by dots. */
export interface KeyValue {
  get(key: string): Promise<Entry | undefined>;
  /** @returns its revision, or nothing where the key is there already */
  create(key: string, value: Uint8Array): Promise<number | undefined>;
  put(key: string, value: Uint8Array): Promise<number>;
  /** Compare-and-set. @returns the new revision, or nothing where the key has another than this one */
  update(key: string, value: Uint8Array, revision: number): Promise<number | undefined>;
  /** @param revision only where the key has it @returns whether it was deleted */
  delete(key: string, revision?: number): Promise<boolean>;
  /** All keys that begin so, in order. */
  keys(prefix: string): Promise<string[]>;
  /** The last values of a key, 64 at most, the oldest first. */
  history(key: string): Promise<Entry[]>;
  /**
   * Tells of the values of all keys that begin so as they are now, and then of every change, in the order of the
   * changes of each key. A watcher that lost its connection is told of what is there when it has one again.
   */
  watch(prefix: string, listener: (change: Change) => void): Promise<Watching>;
}

export interface Watching {
  stop(): void;
}

/** Bytes by their digest, checked by whoever gets them. */
export interface Blobs {
  /** @returns their digest, `sha256-…` as integrity has it */
  put(bytes: Uint8Array): Promise<string>;
  get(digest: string): Promise<Uint8Array | undefined>;
  has(digest: string): Promise<boolean>;
}

/** Nothing serves the subject: no handler had the message. */
export class Unserved extends Error {
  override readonly name = "Unserved";
}
