/** What a caller may have done to a plugin in another process, where its token grants that. */

import { PluginError } from "../errors.ts";
import { fetchSource, type Source } from "../module/source.ts";
import { optionsOf } from "../option.ts";
import type { RollbackOptions } from "../swap/rollback.ts";
import { LONGEST } from "../timer.ts";
import type { Transition } from "../transition.ts";
import { jsonOf } from "./json-of.ts";
import { type Line, type Sent, unexpected } from "./line.ts";
import { queryOf, type RemoteSwapOptions, ROLLBACK, SWAP } from "./operation-query.ts";
import { JSON_TYPE, mediaType, SNAPSHOT, WASM } from "./protocol.ts";
import type { ServedMeasures } from "./served-measures.ts";
import {
  type RemoteStatus,
  readHistory,
  readMeasures,
  readStatus,
  readTransition,
} from "./transition-json.ts";

export interface RemoteOperations {
  /**
   * Replaces the code by the module in `source`, which is read here and sent. The state crosses, or nothing changes.
   * Wants the verb `swap`.
   *
   * @returns the record of the swap
   * @throws PluginError `denied`; with the record of a swap that is refused, those of `plugin.swap`
   */
  swap(source: Source, options?: RemoteSwapOptions): Promise<Transition>;
  /** Makes a version on probation permanent. Wants the verb `swap`. @returns nothing where none is on probation */
  accept(): Promise<Transition | undefined>;
  /** Returns to the version before, without losing a call. Wants the verb `rollback`. */
  rollback(options?: RollbackOptions): Promise<Transition>;
  /** The state as a snapshot file. Wants the verb `snapshot`. */
  snapshot(): Promise<Uint8Array>;
  /** The last transitions, oldest first. Wants the verb `history`. */
  history(): Promise<readonly Transition[]>;
  /** How the plugin and its server are. Wants the verb `status`. */
  status(): Promise<RemoteStatus>;
  /** What the calls that its server answered came to, for each version. Wants the verb `status`. */
  measures(): Promise<ServedMeasures>;
}

/** What a swap and a rollback may take where nothing is said. */
const TIMEOUT = 30_000;
const DRAIN = 10_000;

export function operationsOf(line: Line, name: string): RemoteOperations {
  /** Sends a request, and reads the JSON of its answer. */
  const ask = async <T>(could: string, sent: Sent, read: (json: unknown) => T | undefined): Promise<T> => {
    const { status, type, body } = await line.send(could, sent);
    const found = status === 200 && mediaType(type) === JSON_TYPE ? read(jsonOf(body)) : undefined;
    if (found !== undefined) return found;
    throw unexpected(could, status, type);
  };
  return {
    async swap(source, given) {
      const could = `could not swap ${name}`;
      const options = optionsOf(given, "swap");
      const path = `swap${queryOf(options, SWAP, could)}`;
      const { timeout = TIMEOUT, drain = DRAIN, signal } = options;
      const body = await bytesOf(source, { could, timeout, most: line.maxFileBytes, signal });
      const after = { maybe: "it may have been swapped, history() tells", never: "it was not swapped" };
      const sent = { path, body, type: WASM, after, timeout: patience(line, timeout, drain), signal };
      return ask(could, { method: "POST", ...sent }, readTransition);
    },
    async accept() {
      const could = `could not accept ${name}`;
      const after = { maybe: "it may have been accepted", never: "it was not accepted" };
      const told = await line.send(could, { method: "POST", path: "accept", body: NOTHING, after });
      if (told.status === 204) return undefined;
      const record = told.status === 200 ? readTransition(jsonOf(told.body)) : undefined;
      if (record) return record;
      throw unexpected(could, told.status, told.type);
    },
    async rollback(given) {
      const could = `could not roll back ${name}`;
      const options = optionsOf(given, "rollback");
      const path = `rollback${queryOf(options, ROLLBACK, could)}`;
      const { drain = DRAIN, signal } = options;
      const after = {
        maybe: "it may have been rolled back, history() tells",
        never: "it was not rolled back",
      };
      const sent = { path, body: NOTHING, after, timeout: patience(line, drain, 0), signal };
      return ask(could, { method: "POST", ...sent }, readTransition);
    },
    async snapshot() {
      const could = `could not take a snapshot of ${name}`;
      const sent = { method: "GET", path: "snapshot", most: line.maxFileBytes } as const;
      const { status, type, body } = await line.send(could, sent);
      if (status === 200 && mediaType(type) === SNAPSHOT) return body;
      throw unexpected(could, status, type);
    },
    history: () =>
      ask(`could not read the history of ${name}`, { method: "GET", path: "history" }, readHistory),
    status: () => ask(`could not read the status of ${name}`, { method: "GET", path: "status" }, readStatus),
    measures: () =>
      ask(`could not read the measures of ${name}`, { method: "GET", path: "measures" }, readMeasures),
  };
}

const NOTHING = new Uint8Array(0);

/** What the server may take, and the way there and back. */
function patience(line: Line, first: number, second: number): number {
  return Math.min(LONGEST, first + second + line.timeout);
}

interface Reading {
  readonly could: string;
  readonly timeout: number;
  readonly most: number;
  readonly signal: AbortSignal | undefined;
}

async function bytesOf(source: Source, { could, timeout, most, signal }: Reading): Promise<Uint8Array> {
  const fetched = await fetchSource(source, { timeout, maxSourceBytes: most, signal });
  if ("bytes" in fetched) return fetched.bytes;
  const why = "a compiled module has no bytes that could be sent; give its source";
  throw new PluginError("argument", `${could}: ${why}`);
}
