/** Replacing a plugin's code: what stands around the swap, from the source to the record. */

import type { Maybe } from "../awaitable.ts";
import { bounded } from "../bounded.ts";
import type { Contract, Functions } from "../contract/contract.ts";
import type { View } from "../contract/view.ts";
import { type Code, detail, ownFault, PluginError, reason } from "../errors.ts";
import type { NearGeneration } from "../generation/near.ts";
import type { Source } from "../module/source.ts";
import { type Asked, type AskedCall, askedCalls } from "../rehearsal/asked.ts";
import { rehearsedAnswers } from "../rehearsal/rehearsed.ts";
import type { Standing } from "./lifecycle.ts";
import { prepare } from "./prepare.ts";
import type { ProbationOptions } from "./probation.ts";
import type { Quarantine } from "./quarantine.ts";
import { Recorder, type SwapRecord, type VersionRecord } from "./record.ts";
import { probationOf } from "./rollback.ts";
import { swap } from "./swap.ts";
import { look, looksAtBoth, type Verify } from "./verify.ts";

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
  readonly warm?: (twin: View<F>) => Maybe<unknown>;
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

/** @throws PluginError with the record of the refusal; the incumbent still serves */
export async function replace<F extends Functions>(
  standing: Standing,
  contract: Contract<F>,
  source: Source,
  options: SwapOptions<F>,
  quarantine?: Quarantine,
): Promise<SwapRecord> {
  const { probation, dryRun = false, supersede = false, reset = false } = options;
  const { drain = 10_000, timeout = 30_000, maxSourceBytes, verify } = options;
  const warm = dryRun ? undefined : options.warm;
  const calls = asked(standing, contract, options as SwapOptions);
  admit(standing, supersede);
  const closed = standing.closed.signal;
  const signal = options.signal ? AbortSignal.any([options.signal, closed]) : closed;
  const { gate, current: incumbent } = standing;
  const recorder = new Recorder();
  let to: VersionRecord | undefined;
  let original: NearGeneration | undefined;
  const wanted = calls.length > 0 || looksAtBoth(verify);
  const witness = () => {
    if (!incumbent.trapped && incumbent.instance.recoverable) original = incumbent.copy();
  };
  try {
    const onModule = (version: VersionRecord) => {
      to = version;
      quarantine?.admit(version.digest);
    };
    const candidate = await prepare(standing, source, { reset, timeout, maxSourceBytes, signal, onModule });
    recorder.steps = candidate.steps;
    recorder.way = candidate.crosses;
    if (dryRun) recorder.changes = candidate.changes();
    await swap({
      gate,
      incumbent,
      candidate: {
        ...candidate,
        successor: async () => {
          standing.successor = await candidate.successor();
          return standing.successor;
        },
      },
      witness: wanted ? witness : undefined,
      verify: async (twin) => {
        if (calls.length > 0) {
          const asking = (over: AbortSignal) =>
            rehearsedAnswers(standing, { candidate, original, calls, reset, signal: over });
          recorder.answers = await bounded("answers", asking, { timeout, signal });
        }
        await look(standing, twin, { contract, verify, original, warm, timeout, signal });
      },
      dryRun,
      reset,
      drain,
      signal,
      recorder,
      ahead: (successor) => standing.keep?.checkpoint(successor),
      cutover: (successor) => {
        // Made first: what throws does so while nothing has changed.
        const begun = probation && probationOf(standing, incumbent, probation);
        standing.cutOver(successor);
        standing.tellAfterSwap();
        standing.probation = begun;
        standing.attend();
      },
    });
    if (!probation) quarantine?.released(to?.digest);
  } catch (error) {
    if (!(error instanceof PluginError && NOT_ITS_FAULT.includes(error.code)))
      quarantine?.refused(to?.digest);
    const caller = options.signal?.aborted ? "aborted" : undefined;
    throw refusal(standing, { error, recorder, incumbent, to, by: closed.aborted ? "closed" : caller });
  } finally {
    original?.discard();
    incumbent.forget();
  }
  if (!dryRun && !probation) standing.retire(incumbent);
  standing.rest();
  const outcome = dryRun ? "rehearsed" : "swapped";
  return standing.tell(recorder, { outcome, from: incumbent.record(), to });
}

/** Refusals that say nothing about the build. */
const NOT_ITS_FAULT: readonly Code[] = ["quarantined", "deadline", "aborted", "closed"];

/** The calls of a dry run. @throws PluginError `argument` */
function asked(
  { name }: Standing,
  contract: Contract,
  { answers, dryRun }: SwapOptions,
): readonly AskedCall[] {
  if (!answers) return [];
  try {
    if (!dryRun)
      throw new TypeError("answers are of a dry run; say dryRun: true, or verify: sameAnswers(...)");
    return askedCalls(answers, contract);
  } catch (cause) {
    throw new PluginError("argument", `could not swap ${name}: ${reason(cause)}; nothing was called`, {
      cause,
    });
  }
}

/** Begins a swap, if it may. */
function admit(standing: Standing, supersede: boolean): void {
  const could = `could not swap ${standing.name}`;
  const now = standing.now();
  if (standing.closed.signal.aborted) throw new PluginError("closed", `${could}: it was closed`);
  if (standing.busy) {
    throw new PluginError("busy", `${could}: another swap or a rollback is under way; ${now}`);
  }
  if (standing.probation && !supersede) {
    const { version } = standing.current.module.manifest;
    throw new PluginError(
      "probation",
      `${could}: version ${version} is on probation; accept() or rollback() first, or say supersede: true; ${now}`,
    );
  }
  // Busy first: who hears of the end of the probation may want to swap too.
  standing.work();
  standing.accept();
}

interface Refused {
  readonly error: unknown;
  readonly recorder: Recorder;
  readonly incumbent: NearGeneration;
  readonly to: VersionRecord | undefined;
  /** Somebody ended it, whatever the error is. */
  readonly by: "closed" | "aborted" | undefined;
}

function refusal(standing: Standing, { error, recorder, incumbent, to, by }: Refused): PluginError {
  const code: Code = by ?? (error instanceof PluginError ? error.code : "internal");
  const known = error instanceof PluginError && error.code === code;
  const why = known ? detail(error) : by === "aborted" ? "the caller gave up" : ownFault(error);
  const message = by === "closed" ? "it was closed" : why;
  const { phase } = recorder;
  standing.rest();
  const record = standing.tell(recorder, {
    outcome: "refused",
    from: incumbent.record(),
    to,
    cause: { code, message },
  });
  const after = by === "closed" ? "" : `; ${standing.now()}`;
  const { version } = incumbent.module.manifest;
  const text = `could not swap ${standing.name} ${version}: ${message}${after}`;
  const advice = known ? error.advice : undefined;
  return new PluginError(code, text, { phase, record, advice, cause: error });
}
