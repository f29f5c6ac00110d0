/** The options of a swap, and their checks. */
import type { PermissionChange } from "../../abi/permissions.ts";
import type { Awaitable } from "../awaitable.ts";
import type { View } from "../call/view.ts";
import type { Contract, Functions } from "../contract/contract.ts";
import { PluginError, reason } from "../errors.ts";
import { checkAmount, checkFlag, checkFunction, checkSignal, misfit } from "../option.ts";
import { type Asked, type AskedCall, askedCalls } from "../rehearsal/asked.ts";
import { checkTime } from "../timer.ts";
import type { Detached } from "../trust/demands.ts";
import { checkProbation, type ProbationOptions } from "./probation.ts";
import type { Verify } from "./verify.ts";

export interface SwapOptions<F extends Functions = Functions> {
  /**
   * Checks a disposable copy of the successor, with the state in it; effects of the copy are refused. The
   * swap is refused when `verify` throws or answers false. A `verify` with a second parameter gets a copy of
   * the incumbent too; `sameAnswers` is a ready-made one.
   */
  readonly verify?: Verify<F>;
  /**
   * Asked when the successor asks for more than the incumbent did, with what it asks for besides; all of it was
   * granted to the plugin. The swap is refused (`[asks-more]`) unless the answer is `true`.
   * @default nothing more is approved
   */
  readonly approve?: Approve;
  /**
   * Makes calls that the successor will get. They are made on such a copy, again and again (32 times, for at
   * most 100 ms), while the incumbent serves, so that the engine has compiled the code before the first real
   * call. The swap is refused when `warm` throws.
   */
  readonly warm?: (twin: View<F>) => Awaitable<unknown>;
  /**
   * The bounds of the probation, in which the incumbent is kept, frozen, with a journal of every call, so
   * that a rollback loses none. It ends with the first bound that is reached, or with `accept()`. A successor
   * that traps meanwhile is rolled back.
   * @default none: the successor is permanent at once
   */
  readonly probation?: ProbationOptions;
  /**
   * Runs all of the swap but the pause, on copies of the real state, and reports what would happen.
   * @default false
   */
  readonly dryRun?: boolean;
  /**
   * Of a dry run: calls that are made of copies, before and after their state has crossed: first into another
   * instance of the serving version, then into the next version. Differing answers are reported in the
   * record's `answers`, and refuse nothing. Reads are asked of the real grants, effects are refused.
   * @default none
   */
  readonly answers?: Asked<F>;
  /**
   * Ends a probation that is under way: the version on probation becomes permanent, and is then swapped.
   * @default false
   */
  readonly supersede?: boolean;
  /**
   * A state in a memory of at least so many bytes crosses beside what serves, in two threads; the calls that are made
   * meanwhile run again on the successor, as if the cutover had been before them. What is smaller crosses in the pause.
   * `Infinity` for never.
   * @default 8_388_608 (8 MiB)
   */
  readonly copyFrom?: number;
  /**
   * What happens when the successor answers one of those calls differently: the state crosses again, in the pause
   * (`"copy"`), the swap is refused with `[diverged]` (`"refuse"`), or the successor's state counts (`"accept"`).
   * @default "copy"
   */
  readonly onDivergence?: "copy" | "refuse" | "accept";
  /** Starts the successor without the incumbent's state, which is lost. @default false */
  readonly reset?: boolean;
  /** Milliseconds that calls in flight may take to end. @default 10_000 */
  readonly drain?: number;
  /** Milliseconds that the source may take to arrive, and `verify` and `warm` to answer. @default 30_000 */
  readonly timeout?: number;
  /** Bytes that the source may bring, decoded; `Infinity` for any number. @default the plugin's own limit */
  readonly maxSourceBytes?: number;
  /** The SHA-256 that the module's bytes must have, as in `load`. @default any */
  readonly integrity?: string;
  /** The signature where it lies apart from the module, as in `load`. @default the one in the module */
  readonly signature?: Detached | readonly Detached[];
  /** Aborts the swap; after the cutover it has no effect. */
  readonly signal?: AbortSignal;
}

/** Decides whether a version may have what it asks for besides. */
export type Approve = (asked: readonly PermissionChange[]) => Awaitable<boolean>;

/** How long a swap waits, in milliseconds, and what ends it early. */
export interface SwapBounds {
  readonly drain: number;
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Checks the times, the signal and the probation.
 * @throws PluginError `argument`
 */
export function checkedBounds({
  drain = 10_000,
  timeout = 30_000,
  signal,
  probation,
  copyFrom,
  onDivergence,
}: SwapOptions): SwapBounds {
  if (probation !== undefined) checkProbation(probation);
  checkTime(drain, "drain");
  checkTime(timeout, "timeout");
  checkSignal(signal);
  if (copyFrom !== undefined) checkAmount(copyFrom, "copyFrom", "bytes from 0 up, or Infinity for never");
  if (onDivergence !== undefined && !["copy", "refuse", "accept"].includes(onDivergence))
    throw misfit(onDivergence, "onDivergence", '"copy", "refuse" or "accept"');
  return { drain, timeout, signal };
}

/**
 * Checks the functions, the flags and the calls of a swap.
 *
 * @returns the calls that `answers` asks for
 * @throws PluginError `argument`
 */
export function checkedAnswers<F extends Functions>(
  name: string,
  contract: Contract<F>,
  options: SwapOptions<F>,
): readonly AskedCall[] {
  const { answers, dryRun } = options;
  for (const name of ["verify", "warm", "approve"] as const) checkFunction(options[name], name);
  for (const name of ["dryRun", "supersede", "reset"] as const) checkFlag(options[name], name);
  if (answers === undefined) return [];
  try {
    if (!dryRun)
      throw new TypeError("answers are of a dry run; say dryRun: true, or verify: sameAnswers(...)");
    return askedCalls(answers as Asked, contract);
  } catch (cause) {
    const why = `could not swap ${name}: ${reason(cause)}; nothing was called`;
    throw new PluginError("argument", why, { cause });
  }
}
