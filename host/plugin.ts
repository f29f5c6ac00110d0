/// <reference lib="esnext.disposable" preserve="true" />
/** Plugins: what the user holds, a lasting handle whose code can change. */
import { writeSnapshot } from "../abi/container.ts";
import type { Passage } from "../abi/state.ts";
import type { Serving } from "./calls.ts";
import { nearCandidate, passageBetween } from "./candidate.ts";
import type { Grant } from "./capability.ts";
import { compile } from "./compile.ts";
import type { Contract, Functions } from "./contract.ts";
import { type Code, PluginError, reason } from "./errors.ts";
import { Events } from "./events.ts";
import { Gate } from "./gate.ts";
import { type PluginModule, title } from "./module.ts";
import type { Lineage, NearGeneration } from "./near.ts";
import { Probation, type ProbationOptions } from "./probation.ts";
import { Recorder, type SwapRecord } from "./record.ts";
import { fetchSource, type Source } from "./source.ts";
import type { Maybe } from "./steps.ts";
import { type State, swap } from "./swap.ts";
import { type Binding, bindings, type View, viewOf } from "./view.ts";

export interface SwapOptions<F extends Functions = Functions> {
  /**
   * Looks at a disposable copy of the successor with the state in it, whose effects are refused.
   * Throwing, or answering false, refuses the swap.
   */
  readonly verify?: (twin: View<F>) => Maybe<unknown>;
  /**
   * How long the incumbent is kept, frozen, so that `rollback()` can return to it; whichever ends first, or `accept()`.
   * @default none: the successor is permanent at once
   */
  readonly probation?: ProbationOptions;
  /** Ends a probation that is under way, for good, and swaps. @default false */
  readonly supersede?: boolean;
  /** Begins without the incumbent's state: it is lost. @default false */
  readonly reset?: boolean;
  /** Milliseconds that calls in flight may take to end. @default 10_000 */
  readonly drain?: number;
  /** Milliseconds that the source may take to arrive, and `verify` to answer. @default 30_000 */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

export interface RollbackOptions {
  /** Drops what the calls since the cutover did to the state. @default false */
  readonly discard?: boolean;
  /** Milliseconds that calls in flight may take to end. @default 10_000 */
  readonly drain?: number;
}

export interface PluginEvents extends Record<string, unknown> {
  /** One for each transition, refusals too. */
  readonly swap: SwapRecord;
  /** The generation that serves trapped. */
  readonly trap: { readonly plugin: string; readonly generation: number; readonly error: PluginError };
  /** A grant or a stop hook threw where nobody waits for it. */
  readonly error: { readonly plugin: string; readonly error: unknown };
  readonly close: { readonly plugin: string };
}

export interface PluginOptions {
  readonly grants: readonly Grant[];
  readonly abi: "moult" | "assemblyscript";
  /** Calls that may wait while a swap or another call is under way. */
  readonly queue: number;
}

/** What a plugin begins with. */
export interface Beginning {
  readonly module: PluginModule;
  /** State to begin from, and how it gets in. */
  readonly state: State | undefined;
  readonly way: Passage | undefined;
}

/** Made by `load`. */
export class Plugin<F extends Functions = Functions> implements View<F>, AsyncDisposable {
  readonly name: string;
  readonly call: View<F>["call"];
  readonly callSync: View<F>["callSync"];
  readonly #options: PluginOptions;
  readonly #contract: Contract<F>;
  readonly #serving: Serving;
  readonly #lineage: Lineage;
  readonly #events = new Events<PluginEvents>();
  /** What live views expect, in the order of their functions' numbers. A swap must not break any. */
  readonly #contracts: Contract[];
  #generations = 1;
  #busy = false;
  /** The successor of a swap that is under way, once it is made. */
  #successor: NearGeneration | undefined;
  #probation: Probation | undefined;
  /** The probation ran out while something else was under way. */
  #lapsed = false;
  #closing: Promise<void> | undefined;
  /** Fires at `close`. */
  readonly #closed = new AbortController();

  constructor(contract: Contract<F>, { module, state, way }: Beginning, options: PluginOptions) {
    this.name = module.manifest.name;
    this.#options = options;
    this.#contract = contract;
    this.#contracts = [contract];
    const gate = new Gate({ plugin: this.name, concurrency: 1, queue: options.queue });
    this.#lineage = {
      plugin: this.name,
      nesting: { depth: 0 },
      callNumber: () => gate.passed,
      onError: (error) => this.#events.emit("error", { plugin: this.name, error }),
      onTrap: (generation, error) => this.#onTrap(generation, error),
    };
    const { grants } = options;
    const bound = bindings(contract, module);
    const common = { module, grants, lineage: this.#lineage, bindings: () => bound };
    const first = nearCandidate({ ...common, number: 1, way }).successor() as NearGeneration;
    try {
      if (state) first.restore(state);
      first.check();
    } catch (error) {
      first.discard();
      throw error;
    }
    this.#serving = { name: this.name, gate, nesting: this.#lineage.nesting, current: first };
    first.serve();
    ({ call: this.call, callSync: this.callSync } = viewOf(contract, this.#serving, 0));
  }

  /** The version that serves. */
  get version(): string {
    return this.#serving.current.module.manifest.version;
  }

  /** The number of the generation that serves; the first is 1. */
  get generation(): number {
    return this.#serving.current.number;
  }

  /** What this version cannot do, said while there is time. */
  get warnings(): readonly string[] {
    const { instance, module } = this.#serving.current;
    if (!module.manifest.state || instance.recoverable) return [];
    return [
      `${title(module)} does not export its mutable globals, so it cannot be copied: a save that traps ends it (recoverable: false)`,
    ];
  }

  /**
   * Replaces the code by what `source` holds. The state crosses, or nothing changes.
   *
   * @returns the record of the swap, which listeners get too
   * @throws PluginError with the same record when it is refused; the incumbent still serves
   */
  async swap(source: Source, options: SwapOptions<F> = {}): Promise<SwapRecord> {
    const { probation, supersede = false, reset = false, drain = 10_000, timeout = 30_000 } = options;
    this.#admit(supersede);
    this.#busy = true;
    const closed = this.#closed.signal;
    const signal = options.signal ? AbortSignal.any([options.signal, closed]) : closed;
    const { gate, current: incumbent } = this.#serving;
    const recorder = new Recorder();
    let module: PluginModule | undefined;
    let number: number | undefined;
    try {
      module = await compile(await fetchSource(source, { timeout, signal }), this.#options.abi);
      number = ++this.#generations;
      const fitted = module;
      const bound = () => this.#contracts.flatMap((each) => bindings(each, fitted));
      bound();
      const way = reset ? undefined : passageBetween(incumbent.module, module);
      recorder.steps = way?.steps ?? [];
      const { grants } = this.#options;
      const candidate = nearCandidate({
        module,
        grants,
        lineage: this.#lineage,
        number,
        way,
        bindings: bound,
      });
      await swap({
        gate,
        incumbent,
        candidate: {
          ...candidate,
          successor: () => {
            this.#successor = candidate.successor() as NearGeneration;
            return this.#successor;
          },
        },
        verify: (twin) => this.#verify(twin, options, { timeout, signal }),
        reset,
        drain,
        signal,
        recorder,
        cutover: (successor) => {
          this.#serving.current = successor;
          gate.refuse(undefined);
          if (probation) this.#probation = new Probation(incumbent, gate, probation, () => this.#lapse());
        },
      });
    } catch (error) {
      const to = module && { module, number: number as number };
      const caller = options.signal?.aborted ? "aborted" : undefined;
      throw this.#refusal(error, { recorder, incumbent, to, by: this.#closing ? "closed" : caller });
    } finally {
      incumbent.forget();
      this.#successor = undefined;
      this.#busy = false;
    }
    const record = recorder.finish({
      plugin: this.name,
      outcome: "swapped",
      from: incumbent.record(),
      to: this.#serving.current.record(),
    });
    if (!probation) this.#retire(incumbent);
    this.#events.emit("swap", record);
    if (this.#lapsed) this.#lapse();
    return record;
  }

  /** Ends the probation: the version that serves is permanent, and the incumbent's stop hook runs. */
  accept(): SwapRecord | undefined {
    const probation = this.#endProbation();
    if (!probation) return undefined;
    this.#retire(probation.incumbent);
    return this.#transition("permanent", probation.incumbent, new Recorder());
  }

  /**
   * Returns to the incumbent, with the state that it had at the cutover.
   *
   * @throws PluginError `permanent` when there is no probation; `unreplayed` when calls since the cutover
   * would be lost and `discard` does not say so; `trapped` when the incumbent has; `busy`; `deadline`; `closed`
   */
  async rollback({ discard = false, drain = 10_000 }: RollbackOptions = {}): Promise<SwapRecord> {
    const refuse = (code: Code, why: string, cause?: unknown) =>
      new PluginError(code, `could not roll back ${this.name}: ${why}; ${this.#now()}`, { cause });
    const probation = this.#probation;
    if (this.#closing) throw new PluginError("closed", `could not roll back ${this.name}: it was closed`);
    if (this.#busy) throw refuse("busy", "a swap or a rollback is under way");
    if (!probation) throw refuse("permanent", "it is not on probation");
    const { incumbent } = probation;
    if (incumbent.trapped)
      throw refuse("trapped", `version ${incumbent.module.manifest.version} trapped before`);
    const { gate, current: successor } = this.#serving;
    const recorder = new Recorder();
    recorder.enter("quiesce");
    this.#busy = true;
    try {
      await gate.quiet(() => {
        const { calls } = probation;
        if (this.#probation !== probation) throw refuse("permanent", "it was accepted meanwhile");
        if (calls > 0 && !discard) {
          const many = calls === 1 ? "1 call" : `${calls} calls`;
          throw refuse(
            "unreplayed",
            `what ${many} since the cutover did would be lost; say discard: true, or keep it`,
          );
        }
        recorder.enter("cutover");
        recorder.waited = gate.waiting;
        this.#serving.current = incumbent;
        this.#endProbation();
        gate.refuse(undefined);
      }, drain);
    } catch (error) {
      const late = error instanceof PluginError && error.code === "deadline";
      throw late ? refuse("deadline", detail(error), error) : error;
    } finally {
      this.#busy = false;
      if (this.#lapsed) this.#lapse();
    }
    recorder.stop();
    successor.discard();
    return this.#transition("rolled-back", successor, recorder);
  }

  /**
   * A wider (or another) view of the same plugin. A swap that would break it is refused while the plugin lives.
   *
   * @throws PluginError `mismatch` when the version that serves, one that is about to, or the one that a rollback would
   * return to, does not fit
   */
  as<G extends Functions>(contract: Contract<G>): View<G> {
    const { current } = this.#serving;
    const others = [this.#probation?.incumbent, this.#successor].filter((each) => each !== undefined);
    const live = [...new Set([current, ...others])];
    const bound = live.map((generation) => bindings(contract, generation.module));
    const first = current.calls.length;
    try {
      for (const [i, generation] of live.entries()) generation.bind(bound[i] as Binding[]);
    } catch (error) {
      for (const generation of live) generation.calls.length = first;
      throw error;
    }
    this.#contracts.push(contract);
    return viewOf(contract, this.#serving, first);
  }

  /**
   * The state as a snapshot file, which any Avro tool reads: as it is when this call's turn has come.
   *
   * @throws PluginError `no-state`, `failed-save`, `trapped`, `closed`
   */
  async snapshot(): Promise<Uint8Array> {
    const { module, saved } = await this.#serving.gate.pass("snapshot", () => {
      const { current } = this.#serving;
      const state = current.save();
      current.forget();
      return { module: current.module, saved: state };
    });
    const { name, version, state } = module.manifest;
    if (!state || !saved)
      throw new PluginError("no-state", `could not take a snapshot: ${title(module)} has no state`);
    const { schema, fingerprint } = state;
    return writeSnapshot({ schema, fingerprint, datum: saved.datum, plugin: name, version });
  }

  /** Listens. @returns a function that ends the listening */
  on<K extends keyof PluginEvents & string>(type: K, listener: (event: PluginEvents[K]) => void): () => void {
    return this.#events.on(type, listener as never);
  }

  /** Lets calls in flight end, answers those that wait with `[closed]`, runs the stop hook and lets go of everything. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const closed = new PluginError("closed", `could not call ${this.name}: it was closed`);
    this.#closed.abort();
    await this.#serving.gate.end(closed);
    const probation = this.#endProbation();
    if (probation) this.#retire(probation.incumbent);
    this.#retire(this.#serving.current);
    this.#events.emit("close", { plugin: this.name });
  }

  /** Whether a swap may begin. */
  #admit(supersede: boolean): void {
    const could = `could not swap ${this.name}`;
    const now = this.#now();
    if (this.#closing) throw new PluginError("closed", `${could}: it was closed`);
    if (this.#busy)
      throw new PluginError("busy", `${could}: another swap or a rollback is under way; ${now}`);
    if (!this.#probation) return;
    if (!supersede) {
      throw new PluginError(
        "probation",
        `${could}: version ${this.version} is on probation; accept() or rollback() first, or say supersede: true; ${now}`,
      );
    }
    this.accept();
  }

  async #verify(
    twin: NearGeneration,
    { verify }: SwapOptions<F>,
    { timeout, signal }: { readonly timeout: number; readonly signal: AbortSignal },
  ): Promise<void> {
    if (!verify) return;
    const { version } = twin.module.manifest;
    const gate = new Gate({ plugin: this.name, concurrency: 1, queue: this.#options.queue });
    const { nesting } = this.#lineage;
    const view = viewOf(this.#contract, { name: this.name, gate, nesting, current: twin }, 0);
    const late = new PluginError("deadline", `verify did not answer within ${timeout} ms`);
    const gone = new PluginError("aborted", "the caller gave up while verify looked");
    let timer: ReturnType<typeof setTimeout> | undefined;
    const done = new AbortController();
    const over = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(late), timeout);
      signal.addEventListener("abort", () => reject(gone), { once: true, signal: done.signal });
    });
    try {
      if ((await Promise.race([verify(view), over])) === false) throw new Error("it answered false");
    } catch (cause) {
      if (cause === late || cause === gone) throw cause;
      throw new PluginError("failed-verify", `verify refused version ${version}: ${reason(cause)}`, {
        cause,
      });
    } finally {
      clearTimeout(timer);
      done.abort();
      void gate.end(
        new PluginError("closed", `could not call the twin of ${this.name} ${version}: verify is over`),
      );
    }
  }

  /** @param how `by` says that somebody ended it, whatever the error is */
  #refusal(
    error: unknown,
    how: {
      readonly recorder: Recorder;
      readonly incumbent: NearGeneration;
      readonly to: { readonly module: PluginModule; readonly number: number } | undefined;
      readonly by: "closed" | "aborted" | undefined;
    },
  ): PluginError {
    const { recorder, incumbent, to, by } = how;
    const code = by ?? (error instanceof PluginError ? error.code : "invalid-module");
    const known = error instanceof PluginError && error.code === code;
    const why = known ? detail(error) : by === "aborted" ? "the caller gave up" : reason(error);
    const message = by === "closed" ? "it was closed" : why;
    const { phase } = recorder;
    const record = recorder.finish({
      plugin: this.name,
      outcome: "refused",
      from: incumbent.record(),
      to: to && { generation: to.number, version: to.module.manifest.version, digest: to.module.digest },
      cause: { code, message },
    });
    this.#events.emit("swap", record);
    const after = by === "closed" ? "" : `; ${this.#now()}`;
    const { version } = incumbent.module.manifest;
    const text = `could not swap ${this.name} ${version}: ${message}${after}`;
    return new PluginError(code, text, { phase, record, cause: error });
  }

  /** What is true now. */
  #now(): string {
    if (this.#closing) return "it was closed";
    return `version ${this.version} ${this.#serving.current.trapped ? "has trapped" : "still serves"}`;
  }

  /** A probation ran out: not while something is under way, and never for a version that trapped. */
  #lapse(): void {
    this.#lapsed = this.#busy;
    if (!this.#busy && !this.#serving.current.trapped) this.accept();
  }

  #transition(outcome: "rolled-back" | "permanent", from: NearGeneration, recorder: Recorder): SwapRecord {
    const to = this.#serving.current.record();
    const record = recorder.finish({ plugin: this.name, outcome, from: from.record(), to });
    this.#events.emit("swap", record);
    return record;
  }

  #endProbation(): Probation | undefined {
    const probation = this.#probation;
    probation?.end();
    this.#probation = undefined;
    this.#lapsed = false;
    return probation;
  }

  #retire(generation: NearGeneration): void {
    const error = generation.retire();
    if (error !== undefined) this.#lineage.onError(error);
  }

  #onTrap(generation: NearGeneration, error: PluginError): void {
    if (generation !== this.#serving?.current) return;
    this.#serving.gate.refuse(error);
    this.#events.emit("trap", { plugin: this.name, generation: generation.number, error });
  }
}

/** What an error says, without its code. */
function detail(error: PluginError): string {
  return error.message.replace(/^\[[a-z-]+\] /, "");
}
