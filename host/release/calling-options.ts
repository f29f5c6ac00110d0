/** What callers of a plugin in a fabric can be told, whichever way it is hosted. */
import type { Contract, Functions } from "../contract/contract.ts";
import { checkBytes, misfit } from "../option.ts";
import { checkTime, type Timers } from "../timer.ts";
import { checkInterval, ENGINE } from "./intervals.ts";

export interface CallingOptions<F extends Functions = Functions> {
  /** Milliseconds that a call may take, its way there and back and further tries included. @default 30_000 */
  readonly timeout?: number;
  /**
   * Functions that do no harm when they are called twice: they are tried again, at another node where there is one, when
   * no answer comes.
   * @default none: a call is sent again only where nothing ran
   */
  readonly idempotent?: readonly (keyof F & string)[];
  /** Bytes of memory that an answer may take. @default 16_777_216 */
  readonly maxBytes?: number;
  /** Milliseconds between two reports of what the calls came to. @default 1_000 */
  readonly interval?: number;
  /** Where time comes from. @default the engine's */
  readonly timers?: Timers;
}

/** The same, checked and whole. */
export interface CallingSettings {
  readonly timeout: number;
  readonly idempotent: ReadonlySet<string>;
  readonly maxBytes: number;
  readonly interval: number;
  readonly timers: Timers;
}

/** @throws PluginError `argument` */
export function callingSettings<F extends Functions>(
  options: CallingOptions<F>,
  { functions }: Contract<F>,
): CallingSettings {
  const { timeout = 30_000, idempotent = [], maxBytes = 2 ** 24 } = options;
  const { interval = 1_000, timers = ENGINE } = options;
  checkTime(timeout, "timeout");
  checkBytes(maxBytes, "maxBytes");
  checkInterval(interval);
  const stranger = idempotent.find((each) => !functions.has(each));
  if (stranger !== undefined) throw misfit(stranger, "idempotent", "names of the contract's functions");
  return { timeout, idempotent: new Set(idempotent), maxBytes, interval, timers };
}
