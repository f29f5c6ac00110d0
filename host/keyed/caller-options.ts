/** What a caller of keyed instances is told, and what it can do. */
import type { Functions } from "../contract/contract.ts";
import type { Keyed } from "../release/keyed.ts";
import type { Timers } from "../timer.ts";

export interface KeyedCallerOptions<F extends Functions = Functions> {
  /** Milliseconds that a call may take, its way there and back and further tries included. @default 30_000 */
  readonly timeout?: number;
  /**
   * Functions that do no harm when they are called twice: they are tried again where no answer comes.
   * @default none: a call is sent again only where nothing ran
   */
  readonly idempotent?: readonly (keyof F & string)[];
  /** Bytes of memory that an answer may take. @default 16_777_216 */
  readonly maxBytes?: number;
  /** Keys of which it remembers where they are; the others it asks for. @default 10_000 */
  readonly maxKeys?: number;
  /**
   * Milliseconds between two reports of what the calls came to, while the plan names several versions.
   * @default 1_000
   */
  readonly interval?: number;
  /** Where time comes from. @default the engine's */
  readonly timers?: Timers;
}

/** A plugin in a fabric with an instance for each key. */
export interface KeyedCaller<F extends Functions = Functions> extends AsyncDisposable {
  readonly name: string;
  /** The instance of a key. Nothing happens before it is called. @throws PluginError `argument` */
  of(key: string): Keyed<F>;
  /** Adds a listener for what could not be done now, and is tried again. @returns a function that removes it */
  on(type: "fault", listener: (error: unknown) => void): () => void;
  /** Takes no more calls. Those under way go on to their ends. The fabric stays open. */
  close(): Promise<void>;
}
