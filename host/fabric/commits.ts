/**
 * Changes on their way into the entries of a fabric: with a log, all that are asked for in one turn of the event loop are
 * written together, so that the disk is synced once for them.
 */
import { turn } from "../awaitable.ts";
import { type Entries, sizeOf } from "./entries.ts";
import type { Change } from "./fabric.ts";

/** Where changes are written before they are made. */
export interface ChangeLog {
  /** Returns when all of the changes outlive the process. @throws where none does */
  write(changes: readonly Change[], entries: Entries): void;
}

/**
 * The change that is wanted, by the last one of its key; none where another one came first.
 *
 * @param revision of the change @param bytes that are kept before it
 * @throws where there can be none
 */
export type Next = (last: Change | undefined, revision: number, bytes: number) => Change | undefined;

export interface CommitsOptions {
  /** @default changes are made at once */
  readonly log: ChangeLog | undefined;
  /** A change was made. */
  readonly onChange: (change: Change) => void;
  /** What callers are told where the log failed. */
  readonly failure: (key: string, cause: unknown) => unknown;
}

interface Asked {
  readonly key: string;
  readonly next: Next;
  readonly resolve: (change: Change | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Bytes that are written together, unless one change has more. */
const MOST = 2 ** 24;

export class Commits {
  readonly #entries: Entries;
  readonly #options: CommitsOptions;
  #asked: Asked[] = [];

  constructor(entries: Entries, options: CommitsOptions) {
    this.#entries = entries;
    this.#options = options;
  }

  /** @returns the change when it is made; nothing where another one came first */
  change(key: string, next: Next): Promise<Change | undefined> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ key, next, resolve, reject });
      if (!this.#options.log) this.flush();
      else if (this.#asked.length === 1) void turn().then(() => this.flush());
    });
  }

  /** Makes all that was asked for. */
  flush(): void {
    const asked = this.#asked;
    this.#asked = [];
    for (let at = 0; at < asked.length; ) at = this.#together(asked, at);
  }

  /** @returns where the next ones begin */
  #together(asked: readonly Asked[], from: number): number {
    const staged = new Map<string, Change>();
    const settled: { readonly one: Asked; readonly change: Change | undefined }[] = [];
    const changes: Change[] = [];
    const { bytes: before, revision } = this.#entries;
    let [bytes, at] = [0, from];
    for (; at < asked.length && bytes < MOST; at++) {
      const one = asked[at]!;
      try {
        const last = staged.get(one.key) ?? this.#entries.last(one.key);
        const change = one.next(last, revision + changes.length + 1, before + bytes);
        settled.push({ one, change });
        if (!change) continue;
        staged.set(one.key, change);
        changes.push(change);
        bytes += sizeOf(change);
      } catch (error) {
        one.reject(error);
      }
    }
    if (this.#isWritten(changes, settled)) {
      for (const change of changes) {
        this.#entries.apply(change);
        this.#options.onChange(change);
      }
      for (const { one, change } of settled) one.resolve(change);
    }
    return at;
  }

  /** Who lost against a change that could not be written is told of that, too. */
  #isWritten(changes: readonly Change[], settled: readonly { readonly one: Asked }[]): boolean {
    const { log, failure } = this.#options;
    if (!log || changes.length === 0) return true;
    try {
      log.write(changes, this.#entries);
      return true;
    } catch (cause) {
      for (const { one } of settled) one.reject(failure(one.key, cause));
      return false;
    }
  }
}
