/**
 * THE port to a cluster's engine: all that moult needs of one. Memory, HTTP and NATS implement it, and pass one suite
 * of tests. What each of them promises beyond this is in `docs/fabrics.md`.
 *
 * Once it is closed, every function fails with PluginError `closed`.
 */
export interface Fabric extends AsyncDisposable {
  /** Where it is, for messages: `memory`, `nats://127.0.0.1:4222`. */
  readonly shown: string;
  readonly kv: KeyValue;
  readonly blobs: Blobs;
  /**
   * Blobs that are on their way: what does not fit into a message. They are apart from the others, whoever got one
   * deletes it, and what nobody deletes is gone by itself after ten minutes (`payloadAge`).
   */
  readonly payloads: Blobs;
  /** Bytes of a message and of a value, at most; more goes as a blob. */
  readonly maxMessageBytes: number;

  /**
   * Takes the messages of a subject. Several may: each message goes to one of them.
   *
   * @param subject tokens of letters, digits, `_` and `-`, joined by dots, of 256 characters at most; those that begin
   * with `_` are the fabric's own
   * @throws PluginError `argument`, `unavailable`
   */
  serve(subject: string, handler: Handler): Promise<Serving>;
  /**
   * Sends a message to one that serves the subject.
   *
   * @throws Unserved where no handler got it; PluginError `argument`, `deadline`, `unavailable`, `too-large`, `bad-peer`
   * (its handler failed without an answer); the signal's reason
   */
  call(subject: string, sent: Message, options: CallOptions): Promise<Message>;
  /** Lets the calls under way end, takes no more, and lets go of its connections. What it is connected to goes on. */
  close(): Promise<void>;
}

export interface Message {
  readonly bytes: Uint8Array;
  /** At most 16: names of small letters, digits and `-`, values of 1,024 printable characters of ASCII: `traceparent`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Answers a message. It never throws: its errors are messages, too.
 *
 * @param signal fires when nobody waits for the answer any more, as far as that can be known
 */
export type Handler = (message: Message, signal: AbortSignal) => Promise<Message>;

export interface CallOptions {
  /** Milliseconds that the answer may take to come. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  /**
   * It does no harm when it is handled twice: it is sent to another handler where the first was lost.
   * @default false: it is sent again only where no handler had it
   */
  readonly idempotent?: boolean | undefined;
}

export interface Serving {
  /** Takes no more messages. @returns resolves when all that were taken are answered */
  drain(): Promise<void>;
}

export interface Entry {
  readonly key: string;
  readonly value: Uint8Array;
  /** A number from 1 up that grows with every change of the key; it may skip some. */
  readonly revision: number;
}

/** A change that a watcher is told of. */
export type Change = Entry | { readonly key: string; readonly deleted: true; readonly revision: number };

/**
 * Values by keys. Keys are tokens of letters, digits, `_`, `-` and `=`, joined by dots, of 256 characters at most; those
 * that begin with `_` are the fabric's own. Of those that begin with `now.` the last change alone is kept, and a watcher
 * may be told of the last of several changes alone.
 */
export interface KeyValue {
  get(key: string): Promise<Entry | undefined>;
  /** @returns its revision, or nothing where the key is there already */
  create(key: string, value: Uint8Array): Promise<number | undefined>;
  put(key: string, value: Uint8Array): Promise<number>;
  /** Compare-and-set. @returns the new revision, or nothing where the last change of the key is another than this one */
  update(key: string, value: Uint8Array, revision: number): Promise<number | undefined>;
  /** @param revision only where the key has it @returns whether it was deleted */
  delete(key: string, revision?: number): Promise<boolean>;
  /** All keys that begin so, in order. */
  keys(prefix: string): Promise<string[]>;
  /** The values among the last changes of a key, the oldest first: 64 at most, and fewer where they are large. */
  history(key: string): Promise<Entry[]>;
  /**
   * Tells of the values of all keys that begin so as they are now, resolves, and then tells of every change, in the
   * order of the changes of each key. A watcher that lost its connection is told of what changed meanwhile when it has
   * one again, deletions too; of several changes of one key perhaps only of the last.
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
  /**
   * @param maxBytes that it may have: of a larger one nothing is fetched, or no more than that
   * @throws PluginError `too-large`; `integrity` where the bytes are others than those of the digest
   */
  get(digest: string, maxBytes?: number): Promise<Uint8Array | undefined>;
  has(digest: string): Promise<boolean>;
  /** For everybody: who puts the same bytes again makes it anew. @returns whether it was there */
  delete(digest: string): Promise<boolean>;
}

/** Nothing serves the subject: no handler had the message. */
export class Unserved extends Error {
  override readonly name = "Unserved";
}
