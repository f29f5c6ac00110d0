/** What runs an instance: a thread of this process, or a server. */
import type { Facts, Order, SentModule, TakenImage } from "./orders.ts";
import type { Message } from "./wire.ts";

/** How long the guest may take, and who answers what it asks. */
export interface Terms {
  /** What it is, and its milliseconds. */
  readonly what: "call" | "hook";
  readonly milliseconds: number;
  /** Answers a question of the guest. Never throws. */
  readonly answer: (asked: Message) => Message | Promise<Message>;
}

/** It has one instance at a time, and does one thing at a time. */
export interface InstanceHost {
  readonly module: SentModule;
  /** Pages of its memory, and whether it can be copied, as they were after the last order. */
  readonly facts: Facts | undefined;
  readonly fuelUsed: number | undefined;
  /** Why it has ended; nothing while it lives. */
  readonly ended: unknown;
  /** Sends a call. @returns the guest's answer, or what ended it @throws what ended the host */
  call(said: Message, terms: Terms): Promise<Message>;
  /** Gives an order. @returns the result @throws what the guest threw, or what ended the host */
  order<T>(order: Order, terms: Terms): Promise<T>;
  /** Lets go of an image that an order answered. */
  forget(image: TakenImage): void;
  /** The guest has so many pages of memory. */
  has(pages: number): void;
}

/** What an instance does ahead, so that the first one that serves is made as fast as the next ones. */
export type Rehearsal = (host: InstanceHost) => Promise<unknown>;

/** The hosts of a plugin's instances. */
export interface InstanceHosts {
  /** One for the module. @throws PluginError `unavailable` */
  take(module: SentModule): Promise<InstanceHost>;
  /** Takes one back. @returns resolves when it has ended, or is kept */
  give(host: InstanceHost): Promise<void>;
  /** Starts one ahead, unless one is ready. */
  warm(module: SentModule): void;
  /** Keeps one ready for this module, for as long as it serves. */
  keepReady(module: SentModule, rehearsal: Rehearsal): void;
  /** Keeps none ready any more. */
  keepNone(): void;
  close(): void;
}
