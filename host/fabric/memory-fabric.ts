/** A fabric in this process: no engine and no server. */
import { PluginError } from "../errors.ts";
import { checkBytes, optionsOf } from "../option.ts";
import { checkTime } from "../timer.ts";
import { awaitedAnswer, checkCallOptions } from "./awaited-answer.ts";
import type { ChangeLog } from "./commits.ts";
import { drainedWithin } from "./drained-within.ts";
import { Entries } from "./entries.ts";
import {
  type CallOptions,
  type Fabric,
  type Handler,
  type Message,
  type Serving,
  Unserved,
} from "./fabric.ts";
import { Handlers } from "./handlers.ts";
import { type BlobKeep, KeptBlobs, MemoryBlobKeep } from "./memory-blobs.ts";
import { MemoryKeyValue } from "./memory-key-value.ts";
import { checkedMessage, MOST_MESSAGE, PAYLOAD_AGE } from "./message.ts";
import { checkSubject } from "./name.ts";

export interface MemoryFabricOptions {
  /** Bytes of a message and of a value. @default 1_048_576 */
  readonly maxMessageBytes?: number;
  /** Bytes of all keys with their history. @default 134_217_728 */
  readonly maxBytes?: number;
  /** Bytes of all blobs. @default 1_073_741_824 */
  readonly maxBlobBytes?: number;
  /** Bytes of all payloads that are on their way: what does not fit into a message. @default 268_435_456 */
  readonly maxPayloadBytes?: number;
  /** Milliseconds after which a payload that nobody deleted is gone. @default 600_000 */
  readonly payloadAge?: number;
}

/** Where a fabric's content outlives it. */
export interface Kept {
  readonly shown: string;
  readonly entries: Entries;
  readonly log: ChangeLog;
  readonly blobs: BlobKeep;
  readonly payloads: BlobKeep;
  close(): void;
}

/** Milliseconds that handlers may take to end when the fabric is closed. */
const DRAIN = 10_000;

/**
 * A fabric in this process: who holds it shares it. What it has is gone with the process; `directoryFabric` of
 * `moult/node` keeps it. Runs in pages, too.
 *
 * @throws PluginError `argument`
 */
export function memoryFabric(options?: MemoryFabricOptions): Fabric {
  return new MemoryFabric(optionsOf(options, "memoryFabric"));
}

export class MemoryFabric implements Fabric {
  readonly shown: string;
  readonly kv: MemoryKeyValue;
  readonly blobs: KeptBlobs;
  readonly payloads: KeptBlobs;
  readonly maxMessageBytes: number;
  readonly #handlers: Handlers;
  readonly #kept: Kept | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: MemoryFabricOptions, kept?: Kept) {
    const { maxMessageBytes = MOST_MESSAGE, maxBytes = 2 ** 27, maxBlobBytes = 2 ** 30 } = options;
    const { maxPayloadBytes = 2 ** 28, payloadAge = PAYLOAD_AGE } = options;
    checkBytes(maxMessageBytes, "maxMessageBytes");
    checkBytes(maxBytes, "maxBytes");
    checkBytes(maxBlobBytes, "maxBlobBytes");
    checkBytes(maxPayloadBytes, "maxPayloadBytes");
    checkTime(payloadAge, "payloadAge");
    this.shown = kept?.shown ?? "memory";
    this.maxMessageBytes = maxMessageBytes;
    this.kv = new MemoryKeyValue(kept?.entries ?? new Entries(), {
      maxMessageBytes,
      maxBytes,
      log: kept?.log,
    });
    this.blobs = new KeptBlobs(kept?.blobs ?? new MemoryBlobKeep(), {
      most: maxBlobBytes,
      option: "maxBlobBytes",
    });
    this.payloads = new KeptBlobs(kept?.payloads ?? new MemoryBlobKeep(), {
      most: maxPayloadBytes,
      option: "maxPayloadBytes",
      age: payloadAge,
    });
    this.#handlers = new Handlers(maxMessageBytes);
    this.#kept = kept;
  }

  async serve(subject: string, handler: Handler): Promise<Serving> {
    checkSubject(subject, "could not serve");
    this.#check(`could not serve ${subject}`);
    return this.#handlers.serve(subject, handler);
  }

  async call(subject: string, sent: Message, options: CallOptions): Promise<Message> {
    checkSubject(subject, "could not call");
    const could = `could not call ${subject}`;
    checkCallOptions(options);
    const message = checkedMessage(sent, this.maxMessageBytes, could, "the message");
    this.#check(could);
    return awaitedAnswer(subject, options, async (signal) => {
      const answer = this.#handlers.take(subject, message, signal);
      if (!answer) throw new Unserved(`${could}: nothing serves it; it was not called`);
      return answer;
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(): Promise<void> {
    await drainedWithin(DRAIN, this.#handlers.drain());
    this.kv.close();
    this.blobs.close();
    this.payloads.close();
    this.#kept?.close();
  }

  #check(could: string): void {
    if (this.#closing) throw new PluginError("closed", `${could}: the fabric was closed`);
  }
}
