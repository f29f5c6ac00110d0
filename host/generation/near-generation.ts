/** Generations in this process: each is one instance in the life of a plugin, numbered. */
import type { Passage } from "../../abi/state/passage.ts";
import { type Awaitable, run, type Steps } from "../awaitable.ts";
import { type Binding, bindings } from "../contract/bindings.ts";
import type { Contract } from "../contract/contract.ts";
import { type ErrorCode, PluginError, reason } from "../errors.ts";
import type { Mode } from "../grant/granted-calls.ts";
import { type Linked, linkOf } from "../grant/lazy-link.ts";
import type { Linkage } from "../grant/linkage.ts";
import type { PostBounds } from "../grant/post-bounds.ts";
import type { Instance, InstanceOptions } from "../guest/adapter.ts";
import { guarded, stopError } from "../guest/guard.ts";
import { answering } from "../guest/guest-error.ts";
import type { Lent } from "../guest/memory-pool.ts";
import type { MemoryUse } from "../guest/memory-use.ts";
import { title } from "../module/info.ts";
import type { PluginModule } from "../module/module.ts";
import type { CallRecorder } from "./call-recorder.ts";
import { Copies } from "./clone.ts";
import { type Functions, functionsOf } from "./functions.ts";
import type { Build, Call, Generation, Image, State, Surroundings } from "./generation.ts";
import type { CallLog, CallObserver, RecordedCall, TrappedCall } from "./observer.ts";
import type { HostCalls } from "./question.ts";
import { misfitError, trapError } from "./trap-error.ts";

/** What all generations of one plugin in this process share. */
export interface Lineage extends Surroundings, Omit<InstanceOptions, "pages" | "lent" | "metering"> {
  readonly heldPosts?: PostBounds | undefined;
  /** Records their calls. Had when the maker was told that calls will be recorded. */
  readonly recorder: () => CallRecorder;
}

export interface GenerationOptions {
  readonly number: number;
  readonly build: Build;
  readonly module: PluginModule;
  readonly linkage: Linkage;
  readonly lineage: Lineage;
  readonly mode: Mode;
  /** The functions that live views call, in the order of their numbers. */
  readonly bindings: readonly Binding[];
  /** The passage of the state into it. */
  readonly passage: Passage | undefined;
  /** Pages of memory to begin with, or the memory itself, if it takes one. */
  readonly pages?: number | undefined;
  readonly lent?: Lent | undefined;
}

export class NearGeneration implements Generation {
  readonly number: number;
  readonly build: Build;
  readonly module: PluginModule;
  readonly instance: Instance;
  calls: Call[] = [];
  answersLater: boolean;
  readonly #waits: boolean;
  trapped: PluginError | undefined;
  readonly #options: GenerationOptions;
  readonly #link: Linked;
  readonly #functions: Functions;
  #made: Copies | undefined;
  /** Whether it was discarded or retired. */
  #over = false;

  constructor(options: GenerationOptions) {
    const { number, build, module, linkage, lineage, mode, pages, lent } = options;
    this.#options = options;
    this.number = number;
    this.build = build;
    this.module = module;
    this.#waits = linkage.asynchronous || (lineage.waits !== undefined && mode !== "looking");
    this.answersLater = this.#waits;
    const what = "a grant could not be made for it";
    this.#link = this.#guarded("bad-grant", what, () => linkOf(linkage, mode, lineage));
    const bind = (binding: Binding) => this.#function(binding);
    this.#functions = functionsOf(options, this.#link, { bind, answersLater: this.#waits });
    try {
      this.instance = this.#guarded("invalid-module", "could not be instantiated", () =>
        module.instantiate(this.#link, { ...lineage, pages, lent, metering: module.metering }),
      );
      this.calls = this.#functions.add(options.bindings);
    } catch (error) {
      this.#link.retire();
      throw error;
    }
  }

  get #copies(): Copies {
    this.#made ??= new Copies({
      module: this.module,
      instance: this.instance,
      maxPages: this.#options.lineage.maxPages,
      afterTrap: this.#options.lineage.afterTrap,
      sibling: () => this.#sibling(),
      poison: (trap) => this.#poison(trap),
    });
    return this.#made;
  }

  get cloneable(): boolean {
    return this.instance.recoverable;
  }

  get memoryUse(): MemoryUse {
    return { pages: this.instance?.pages() ?? 0, maxPages: this.#options.lineage.maxPages };
  }

  get fuelUsed(): number | undefined {
    return this.instance.fuelUsed;
  }

  bind(contract: Contract): void {
    this.calls = this.#functions.add(bindings(contract, this.module));
  }

  unbind(first: number): void {
    this.calls = this.#functions.cut(first);
  }

  observe(observer: CallObserver | undefined): void {
    this.answersLater = this.#waits || observer?.answersLater === true;
    this.calls = this.#functions.observe(observer);
  }

  replay(call: RecordedCall, log?: CallLog): Awaitable<number> {
    return run(this.#again(this.#functions.replay(call, log)));
  }

  *#again<T>(steps: Steps<T>): Steps<T> {
    this.instance.again(true);
    try {
      return yield* steps;
    } finally {
      this.instance.again(false);
    }
  }

  resume(call: TrappedCall): Awaitable<unknown> {
    return run(this.#functions.resume(call));
  }

  #function({ name, type }: Binding): Call {
    const { lineage } = this.#options;
    const what = `its function ${name} cannot be called`;
    return this.#guarded("bad-manifest", what, () =>
      this.instance.bind(name, type, answering(type, `${lineage.plugin}.${name}`)),
    );
  }

  image(): Image {
    return this.#copies.image();
  }

  clone(): NearGeneration {
    const copy = this.#sibling(this.#functions.bindings);
    try {
      const what = "a copy of it could not be made";
      this.#guarded("failed-save", what, () => copy.instance.become(this.instance));
      return copy;
    } catch (error) {
      copy.discard();
      throw error;
    }
  }

  answerFrom(hostCalls: () => HostCalls): void {
    this.calls = this.#functions.answeredFrom(hostCalls);
  }

  /** Runs top-level code and the start hook. @throws PluginError `failed-start` */
  start(): this {
    this.#guarded("failed-start", "its start failed", () => this.instance.start());
    return this;
  }

  save(reuse?: State): State | undefined {
    if (!this.module.manifest.state) return undefined;
    if (this.trapped) throw this.trapped;
    return this.#copies.save(reuse);
  }

  saveInPlace(): State | undefined {
    if (!this.module.manifest.state) return undefined;
    if (this.trapped) throw this.trapped;
    return this.#copies.saveInPlace();
  }

  forget(): void {
    this.#made?.forget();
  }

  restore(state: State): void {
    const passage = this.#options.passage;
    if (!passage) throw new PluginError("no-state", `${title(this.module)} takes no state`);
    this.#guarded("failed-restore", "its restore failed", () => {
      const datum = passage.translate ? passage.translate(state.datum) : state.datum;
      this.instance.restore(passage.restore, datum);
      if (this.#options.mode === "looking" && passage.kind === "same") this.#compare(datum);
      this.instance.restored();
    });
  }

  check(): void {
    const problem = this.#guarded("failed-check", "its check of the state failed", () =>
      this.instance.checkState(),
    );
    if (problem !== undefined) {
      throw new PluginError("failed-check", `${title(this.module)} finds its state wrong: ${problem}`);
    }
  }

  serve(): void {
    this.#link.serve();
  }

  closing(): void {
    this.#link.closing();
  }

  discard(): void {
    this.forget();
    this.#link.retire();
    this.#release();
  }

  retire(): unknown {
    this.forget();
    try {
      if (!this.#link.out.shut) this.instance.stop();
      return undefined;
    } catch (error) {
      return stopError(this.module, error);
    } finally {
      this.#link.retire();
      this.#release();
    }
  }

  /** Lets go of the instance and its memory, unless a suspended call or a grant inside could still use it. */
  #release(): void {
    this.#over = true;
    this.calls = this.#functions.cut(0);
    this.instance.release(!this.answersLater && this.#options.lineage.nesting.depth === 0);
  }

  failed(error: unknown, name: string): PluginError {
    if (error instanceof PluginError) return error;
    const could = `could not call ${this.#options.lineage.plugin}.${name}`;
    const { shut, fault } = this.#link.out;
    const misfit = shut ? undefined : misfitError(could, error);
    if (misfit) return misfit;
    // Whatever the guest made of it, the first fault of an import is the cause.
    const ended = this.#ended(could, shut ? fault : error);
    this.#poison(ended);
    return ended;
  }

  #ended(could: string, cause: unknown): PluginError {
    if (this.#over) return new PluginError("closed", `${could}: ${reason(cause)}`, { cause });
    const { lineage } = this.#options;
    const { version } = this.module.manifest;
    return trapError(cause, { could, version, pages: this.instance.pages(), ...lineage });
  }

  abandon(error: PluginError): void {
    this.trapped ??= error;
  }

  #poison(trap: PluginError): void {
    if (this.trapped || this.#over) return;
    this.trapped = trap;
    this.#link.out.shutFor(trap);
    this.#options.lineage.onTrap(this, trap);
  }

  #sibling(bindings: readonly Binding[] = []): NearGeneration {
    return new NearGeneration({
      ...this.#options,
      mode: "looking",
      bindings,
      pages: this.instance.pages(),
      lent: undefined,
      lineage: { ...this.#options.lineage, onTrap: () => {} },
    });
  }

  /** Finds a restore that claims success without having worked: a save must give the same state again. */
  #compare(datum: Uint8Array): void {
    if (this.module.manifest.state?.opaque) return;
    const differs = this.instance.compare(datum);
    if (!differs) return;
    throw new Error(
      `saved again, the restored state differs: ${datum.length} bytes went in, ${differs.size} came out, and byte ${differs.at} is the first that differs`,
    );
  }

  #guarded<T>(code: ErrorCode, what: string, work: () => T): T {
    return guarded(this.module, { code, what, memory: () => this.memoryUse }, work);
  }
}
