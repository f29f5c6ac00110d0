/** Reading a store: its content, and why it cannot be used. */

import { AbiError } from "../../abi/error.ts";
import { readSnapshot } from "../../abi/state/container.ts";
import { detail, PluginError, reason as plain } from "../errors.ts";
import type { State } from "../generation/generation.ts";
import type { Recalled } from "./keep.ts";
import { recordFromBytes } from "./log-bytes.ts";
import { answeredCalls, survey } from "./log-reading.ts";
import type { Head, LogRecord, ReadRecord } from "./log-record.ts";
import type { Store, StoredState } from "./store.ts";

/** The content of a store. */
export interface Found extends Recalled {
  readonly state: State;
  readonly head: Head;
  /** The number of the next call. */
  readonly next: number;
  /** How often recoveries tried the interrupted call. */
  readonly retries: number;
  /** Bytes of its records. */
  readonly bytes: number;
  readonly torn: number;
  /** The bytes of the module that answered the calls, where the store keeps them. */
  readonly module: Uint8Array | undefined;
}

/**
 * Reads the whole store once. The calls are read again when they are replayed.
 *
 * @param pending records that were not written yet
 * @throws PluginError `bad-store`, `store-failed`, `store-locked`
 */
export async function readStore(store: Store, pending: readonly LogRecord[]): Promise<Found | undefined> {
  try {
    const kept = await store.read();
    if (!kept) return undefined;
    let bytes = 0;
    const weigh = (size: number) => {
      bytes += size;
    };
    const log = await survey(recordsOf(kept, pending, weigh));
    const { head, next, retries, interrupted, count } = log;
    const { datum, ...origin } = await readSnapshot(kept.snapshot);
    if (origin.plugin !== head.plugin || origin.version !== head.version) {
      throw new PluginError("bad-store", "its snapshot and its log are of different versions");
    }
    const calls = { count, each: () => answeredCalls(recordsOf(kept, pending)) };
    const { torn, module } = kept;
    return { state: { datum }, origin, calls, interrupted, head, next, retries, bytes, torn, module };
  } catch (cause) {
    throw unreadable(store, cause);
  }
}

type Weigh = (bytes: number) => void;

/** The records of a store, followed by those that were not written yet. */
function recordsOf({ records }: StoredState, pending: readonly LogRecord[], weigh: Weigh = () => {}) {
  return Symbol.asyncIterator in records
    ? readLater(records, pending, weigh)
    : readAtOnce(records, pending, weigh);
}

function* readAtOnce(
  records: Iterable<Uint8Array>,
  pending: readonly LogRecord[],
  weigh: Weigh,
): Generator<ReadRecord> {
  for (const bytes of records) {
    weigh(bytes.length);
    yield recordFromBytes(bytes);
  }
  yield* pending;
}

async function* readLater(
  records: AsyncIterable<Uint8Array>,
  pending: readonly LogRecord[],
  weigh: Weigh,
): AsyncGenerator<ReadRecord> {
  for await (const bytes of records) {
    weigh(bytes.length);
    yield recordFromBytes(bytes);
  }
  yield* pending;
}

function unreadable({ name }: Store, cause: unknown): PluginError {
  if (cause instanceof AbiError || known(cause)?.code === "bad-store") {
    const why = cause instanceof PluginError ? detail(cause) : `its snapshot: ${reason(cause)}`;
    const text = `could not read ${name}: ${why}; nothing of it was changed`;
    return new PluginError("bad-store", text, { cause });
  }
  return known(cause) ?? failure(`could not read ${name}: ${reason(cause)}`, cause);
}

/** The error for what a store refused, or failed to do. */
export function failure(message: string, cause: unknown): PluginError {
  const code = known(cause)?.code === "store-locked" ? "store-locked" : "store-failed";
  return new PluginError(code, message, { cause });
}

export function reason(error: unknown): string {
  return error instanceof PluginError ? detail(error) : plain(error);
}

export function known(error: unknown): PluginError | undefined {
  return error instanceof PluginError ? error : undefined;
}
