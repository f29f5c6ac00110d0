/** What a caller may say of a swap. */
import type { Awaitable } from "../awaitable.ts";
import type { View } from "../call/view.ts";
import type { Contract, Functions } from "../contract/contract.ts";
import { PluginError, reason } from "../errors.ts";
import { type Asked, type AskedCall, askedCalls } from "../rehearsal/asked.ts";
import { checkProbation, type ProbationOptions } from "./probation.ts";
import type { Verify } from "./verify.ts";

export interface SwapOptions<F extends Functions = Functions> {
  /**
   * Looks at a disposable copy of the successor with the state in it, whose effects are refused.
   * Throwing, or answering false, refuses the swap. One that names a second parameter gets a copy of the incumbent too;
   * `sameAnswers` is ready-made.
   */
  readonly verify?: Verify<F>;
  /**
   * Calls as the successor will get them, made on such a copy again and again (32 times, for at most 100 ms) while the
   * incumbent serves: the first real ones then find code that the engine has compiled. Throwing refuses the swap.
   */
  readonly warm?: (twin: View<F>) => Awaitable<unknown>;
  /**
   * How long the incumbent is kept, frozen, with a journal of every call, so that a rollback loses none;
   * whichever ends first, or `accept()`. A successor that traps meanwhile goes back by itself.
   * @default none: the successor is permanent at once
   */
  readonly probation?: ProbationOptions;
  /** Does all but the pause, on copies of the real state, and reports what would happen. @default false */
  readonly dryRun?: boolean;
  /**
   * Of a dry run: calls that are made of copies, before and after their state has crossed: first into another instance of the
   * version that serves, then into the next one. What was answered otherwise is in the record's `answers`, and
   * refuses nothing. Reads are asked of your grants, effects are refused. @default none
   */
  readonly answers?: Asked<F>;
  /** Ends a probation that is under way, for good, and swaps. @default false */
  readonly supersede?: boolean;
  /** Begins without the incumbent's state: it is lost. @default false */
  readonly reset?: boolean;
  /** Milliseconds that calls in flight may take to end. @default 10_000 */
  readonly drain?: number;
  /** Milliseconds that the source may take to arrive, and `verify` and `warm` to answer. @default 30_000 */
  readonly timeout?: number;
  /** Bytes that the source may bring, decoded; `Infinity` for any number. @default as when the plugin was loaded */
  readonly maxSourceBytes?: number;
  readonly signal?: AbortSignal;
}

/** The calls that a swap is asked to make of its twin. @throws PluginError `argument`, for other options too */
export function askedOf<F extends Functions>(
  name: string,
  contract: Contract<F>,
  { answers, dryRun, probation }: SwapOptions<F>,
): readonly AskedCall[] {
  if (probation) checkProbation(probation);
  if (!answers) return [];
  try {
    if (!dryRun)
      throw new TypeError("answers are of a dry run; say dryRun: true, or verify: sameAnswers(...)");
    return askedCalls(answers as Asked, contract);
  } catch (cause) {
    const why = `could not swap ${name}: ${reason(cause)}; nothing was called`;
    throw new PluginError("argument", why, { cause });
  }
}
