/** Buckets: where the keys and values of plugins are kept. A name gives one bucket, which others do not see. */

/**
 * The keys and values of one name. All methods are synchronous. What a method throws ends the plugin's call if
 * it read, and is the error `failed` for the plugin if it wrote.
 */
export interface Bucket {
  /** How many keys there are. */
  readonly count: number;
  /** Bytes of all keys, in UTF-8, and of all values. */
  readonly bytes: number;
  /** A copy of the value. @returns undefined where there is none */
  get(key: string): Uint8Array | undefined;
  /** Bytes of the key and its value, or undefined where there is none. */
  sizeOf(key: string): number | undefined;
  /**
   * Sets a value, which is copied.
   *
   * @param callId the write's own name, see `GrantContext`: a write that is asked for again after a crash has
   * the name that it had before
   */
  set(key: string, value: Uint8Array, callId: string): void;
  /** Removes a value, if there is one. */
  delete(key: string, callId: string): void;
  /** All keys, in any order. */
  keys(): Iterable<string>;
}

/** Makes and keeps buckets: in memory, in a directory (`moult/node`), or where a program of yours puts them. */
export interface Buckets {
  /** The bucket of a name, the same each time. @param name any text: plugins choose their names */
  open(name: string): Bucket;
}
