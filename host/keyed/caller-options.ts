/** What a caller of keyed instances is told, and what it can do. */
import type { Functions } from "../contract/contract.ts";
import type { CallingOptions } from "../release/calling-options.ts";
import type { Keyed } from "../release/keyed.ts";
import type { Patience } from "../remote/patience.ts";

/** Reports are made while the plan names several versions. */
export interface KeyedCallerOptions<F extends Functions = Functions> extends CallingOptions<F> {
  /** Keys of which it remembers where they are; the others it asks for. @default 10_000 */
  readonly maxKeys?: number;
}

/** A plugin in a fabric with an instance for each key. */
export interface KeyedCaller<F extends Functions = Functions> extends AsyncDisposable {
  readonly name: string;
  /** The instance of a key, called with a time or a signal of the calls' own where one is given. Nothing happens before it is called. @throws PluginError `argument` */
  of(key: string, patience?: Patience): Keyed<F>;
  /** Adds a listener for what could not be done now, and is tried again. @returns a function that removes it */
  on(type: "fault", listener: (error: unknown) => void): () => void;
  /** Takes no more calls. Those under way go on to their ends. The fabric stays open. */
  close(): Promise<void>;
}
