/**
 * An upgrade of a plugin, shared by the swap and the rehearsal: the options, both versions, and the record so
 * far.
 */
import { run, type Steps, wait } from "../awaitable.ts";
import type { Contract } from "../contract/contract.ts";
import { detail, type ErrorCode, ownFault, PluginError } from "../errors.ts";
import type { Generation, State } from "../generation/generation.ts";
import type { Source } from "../module/source.ts";
import type { Transition, VersionRecord } from "../transition.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { versionOfGeneration } from "./lifecycle.ts";
import { type Prepared, prepare, type Ready } from "./prepare.ts";
import type { Quarantine } from "./quarantine.ts";
import { checkedBounds, type SwapOptions } from "./swap-options.ts";
import { TransitionRecorder } from "./transition-recorder.ts";
import { look, looksAtBoth } from "./verify.ts";

/** The incumbent's state, and the number of calls that had ended when it was saved. */
export interface Saved {
  readonly state: State | undefined;
  readonly passed: number;
}

export class Upgrade {
  readonly lifecycle: Lifecycle;
  readonly incumbent: Generation;
  readonly options: SwapOptions;
  readonly recorder = new TransitionRecorder();
  readonly signal: AbortSignal;
  readonly drain: number;
  readonly timeout: number;
  /** A copy of the incumbent as it was when the state was saved, where `verify` compares the two. */
  original: Generation | undefined;
  /** The next version; unknown until its source was read. */
  to: VersionRecord | undefined;
  readonly #contract: Contract;
  readonly #quarantine: Quarantine | undefined;

  /** @throws PluginError `argument` for invalid times, an invalid signal or probation */
  constructor(lifecycle: Lifecycle, contract: Contract, options: SwapOptions, quarantine?: Quarantine) {
    const { drain, timeout, signal } = checkedBounds(options);
    const { closing } = lifecycle;
    this.lifecycle = lifecycle;
    this.incumbent = lifecycle.current;
    this.options = options;
    this.drain = drain;
    this.timeout = timeout;
    this.signal = signal ? AbortSignal.any([signal, closing]) : closing;
    this.#contract = contract;
    this.#quarantine = quarantine;
  }

  /** Whether the successor starts without the incumbent's state. */
  get reset(): boolean {
    return this.options.reset ?? false;
  }

  /** Fetches the source and checks that it fits. */
  async prepare(source: Source | Ready): Promise<Prepared> {
    const { lifecycle, recorder, reset, timeout, signal } = this;
    const onVersion = (version: VersionRecord) => {
      this.to = version;
      this.#quarantine?.admit(version.digest);
    };
    const { maxSourceBytes, integrity, signature, approve } = this.options;
    const options = { reset, timeout, maxSourceBytes, integrity, signature, signal, approve, onVersion };
    const prepared = await prepare(lifecycle, source, options);
    recorder.steps = prepared.way?.steps ?? [];
    recorder.way = prepared.way?.kind;
    return prepared;
  }

  /**
   * Saves the incumbent's state while no call is inside: in the middle of a call the state would be half
   * changed.
   *
   * @param cloned also keeps a copy of the incumbent
   */
  async save(cloned = looksAtBoth(this.options.verify)): Promise<Saved> {
    const { lifecycle, incumbent, drain, signal, reset } = this;
    const { gate } = lifecycle;
    if (reset && !cloned) return { state: undefined, passed: gate.passed };
    const saving = function* (): Steps<Saved> {
      upgrade.checkServing();
      if (cloned && !incumbent.trapped && incumbent.cloneable)
        upgrade.original = yield* wait(incumbent.clone());
      const state = reset ? undefined : yield* wait(incumbent.save());
      return { state, passed: gate.passed };
    };
    const upgrade = this;
    return lifecycle.paused.quiet(() => run(saving()), drain, signal);
  }

  /** @throws PluginError `busy` when another version has begun to serve */
  checkServing(): void {
    if (this.lifecycle.current !== this.incumbent)
      throw new PluginError("busy", "another version began to serve meanwhile");
  }

  /**
   * Brings the state into a twin, and shows the twin to the caller.
   *
   * @param state or a twin that has it
   * @throws PluginError `failed-verify`, `deadline`, `aborted`
   */
  async look({ candidate }: Prepared, state: Generation | Saved): Promise<void> {
    const { lifecycle, original, timeout, signal, recorder } = this;
    const { verify, warm } = this.options;
    const contract = this.#contract;
    const twin = "passed" in state ? await candidate.twin(state.state) : state;
    try {
      if (verify || warm) recorder.enter("verify");
      await look(lifecycle, twin, { contract, verify, original, warm, timeout, signal });
    } finally {
      twin.discard();
    }
    signal.throwIfAborted();
    recorder.enter("prepare");
  }

  /** Lets go of the incumbent's copies. */
  release(): void {
    this.original?.discard();
    this.incumbent.forget();
  }

  /** The successor is permanent: its build is cleared. */
  succeeded(): void {
    this.#quarantine?.released(this.to?.digest);
  }

  /** The record of a finished upgrade. */
  record(outcome: Transition["outcome"], place?: (record: Transition) => void): Transition {
    const { lifecycle, recorder, incumbent, to } = this;
    return lifecycle.record(recorder, { outcome, from: versionOfGeneration(incumbent), to }, place);
  }

  /** The error of a refusal for the caller; its record is reported to listeners. */
  refused(error: unknown): PluginError {
    const { lifecycle, recorder, incumbent, options } = this;
    this.#quarantine?.judge(error, this.to?.digest);
    const by = lifecycle.closed ? "closed" : options.signal?.aborted ? "aborted" : undefined;
    const { code, message, advice } = explained(error, by);
    const { phase } = recorder;
    const cause = { code, message };
    const from = versionOfGeneration(incumbent);
    const record = lifecycle.record(recorder, { outcome: "refused", from, to: this.to, cause });
    const after = by === "closed" ? "" : `; ${lifecycle.now()}`;
    const { version } = incumbent.build.manifest;
    const text = `could not swap ${lifecycle.name} ${version}: ${message}${after}`;
    return new PluginError(code, text, { phase, record, advice, cause: error });
  }
}

/** @param by the code of what ended the upgrade, whatever the error is */
function explained(
  error: unknown,
  by: "closed" | "aborted" | undefined,
): { readonly code: ErrorCode; readonly message: string; readonly advice: string | undefined } {
  const known = error instanceof PluginError && (by === undefined || error.code === by);
  if (by === "closed") return { code: by, message: "it was closed", advice: undefined };
  if (known) return { code: error.code, message: detail(error), advice: error.advice };
  if (by === "aborted") return { code: by, message: "the caller gave up", advice: undefined };
  return { code: "internal", message: ownFault(error), advice: undefined };
}
