/** An upgrade of a plugin, as its swap or its rehearsal knows it: the options, both versions, and the record so far. */
import { run, type Steps, wait } from "../awaitable.ts";
import type { Contract } from "../contract/contract.ts";
import { detail, type ErrorCode, ownFault, PluginError } from "../errors.ts";
import type { Generation, State } from "../generation/generation.ts";
import type { Source } from "../module/source.ts";
import { checkSignal } from "../option.ts";
import { checkTime } from "../timer.ts";
import type { Transition, VersionRecord } from "../transition.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { versionOfGeneration } from "./lifecycle.ts";
import { type Prepared, prepare, type Ready } from "./prepare.ts";
import type { Quarantine } from "./quarantine.ts";
import { Recorder } from "./recorder.ts";
import type { SwapOptions } from "./swap-options.ts";
import { look, looksAtBoth } from "./verify.ts";

const DRAIN = 10_000;
const TIMEOUT = 30_000;

/** The incumbent's state, and how many calls had come out when it was saved. */
export interface Saved {
  readonly state: State | undefined;
  readonly passed: number;
}

export class Upgrade {
  readonly lifecycle: Lifecycle;
  readonly incumbent: Generation;
  readonly options: SwapOptions;
  readonly recorder = new Recorder();
  readonly signal: AbortSignal;
  readonly drain: number;
  readonly timeout: number;
  /** A copy of the incumbent as it was when the twin's state was saved, where a look wants to see it. */
  original: Generation | undefined;
  /** The version that comes; unknown until its source was read. */
  to: VersionRecord | undefined;
  readonly #contract: Contract;
  readonly #quarantine: Quarantine | undefined;

  constructor(lifecycle: Lifecycle, contract: Contract, options: SwapOptions, quarantine?: Quarantine) {
    const { drain = DRAIN, timeout = TIMEOUT, signal } = options;
    const { closing } = lifecycle;
    checkTime(drain, "drain");
    checkTime(timeout, "timeout");
    checkSignal(signal);
    this.lifecycle = lifecycle;
    this.incumbent = lifecycle.current;
    this.options = options;
    this.drain = drain;
    this.timeout = timeout;
    this.signal = signal ? AbortSignal.any([signal, closing]) : closing;
    this.#contract = contract;
    this.#quarantine = quarantine;
  }

  /** Begins without the incumbent's state. */
  get reset(): boolean {
    return this.options.reset ?? false;
  }

  /** Fetches the source and finds it fit. */
  async prepare(source: Source | Ready): Promise<Prepared> {
    const { lifecycle, recorder, reset, timeout, signal } = this;
    const onVersion = (version: VersionRecord) => {
      this.to = version;
      this.#quarantine?.admit(version.digest);
    };
    const { maxSourceBytes } = this.options;
    const prepared = await prepare(lifecycle, source, { reset, timeout, maxSourceBytes, signal, onVersion });
    recorder.steps = prepared.way?.steps ?? [];
    recorder.way = prepared.way?.kind;
    return prepared;
  }

  /**
   * Saves the incumbent's state while no call is inside: a copy in the middle of a call would be half a state.
   *
   * @param cloned keeps a copy of the incumbent too
   */
  async save(cloned = looksAtBoth(this.options.verify)): Promise<Saved> {
    const { lifecycle, incumbent, drain, signal, reset } = this;
    const { gate } = lifecycle;
    if (reset && !cloned) return { state: undefined, passed: gate.passed };
    const saving = function* (): Steps<Saved> {
      if (lifecycle.current !== incumbent) throw overtaken();
      if (cloned && !incumbent.trapped && incumbent.cloneable) upgrade.original = incumbent.clone();
      const state = reset ? undefined : yield* wait(incumbent.save());
      return { state, passed: gate.passed };
    };
    const upgrade = this;
    return gate.quiet(() => run(saving()), drain, signal);
  }

  /** Lets the state cross to a twin, and the caller look at it. @throws PluginError `failed-verify`, `deadline`, `aborted` */
  async look({ candidate }: Prepared, { state }: Saved): Promise<void> {
    const { lifecycle, original, timeout, signal, recorder } = this;
    const { verify, warm } = this.options;
    const contract = this.#contract;
    const twin = await candidate.twin(state);
    try {
      if (verify || warm) recorder.enter("verify");
      await look(lifecycle, twin, { contract, verify, original, warm, timeout, signal });
    } finally {
      twin.discard();
    }
    signal.throwIfAborted();
    recorder.enter("prepare");
  }

  /** Lets go of the copies that it was made with. */
  release(): void {
    this.original?.discard();
    this.incumbent.forget();
  }

  /** It serves for good. */
  succeeded(): void {
    this.#quarantine?.released(this.to?.digest);
  }

  /** The record of an upgrade that came to its end. */
  record(outcome: Transition["outcome"], place?: (record: Transition) => void): Transition {
    const { lifecycle, recorder, incumbent, to } = this;
    return lifecycle.record(recorder, { outcome, from: versionOfGeneration(incumbent), to }, place);
  }

  /** What a refusal is to the caller; its record is told. */
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

/** @param by what ended it, whatever the error is */
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

function overtaken(): PluginError {
  return new PluginError("busy", "another version began to serve meanwhile");
}
