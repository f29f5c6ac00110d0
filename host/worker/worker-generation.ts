/** Generations in threads of their own: each can be stopped, whatever its guest does. */
import { type Awaitable, run, type Steps } from "../awaitable.ts";
import { type Binding, bindings } from "../contract/bindings.ts";
import type { Contract } from "../contract/contract.ts";
import { type ErrorCode, PluginError, reason } from "../errors.ts";
import { type Functions, functionsOf } from "../generation/functions.ts";
import type { Build, Call, Generation, Image, State } from "../generation/generation.ts";
import type { GenerationOptions } from "../generation/near-generation.ts";
import type { CallLog, CallObserver, RecordedCall, TrappedCall } from "../generation/observer.ts";
import type { HostCalls } from "../generation/question.ts";
import { misfitError, trapError } from "../generation/trap-error.ts";
import { type Linked, linkOf } from "../grant/lazy-link.ts";
import { guarded, stopError } from "../guest/guard.ts";
import type { Deadline } from "../limits.ts";
import { title } from "../module/info.ts";
import { bulkFor } from "./bulk.ts";
import type { InstanceHosts } from "./instance-host.ts";
import type { ModuleToSend, Order } from "./orders.ts";
import { Questions } from "./questions.ts";
import { hooked, ThreadedCopies } from "./threaded-copies.ts";
import { ThreadedInstance } from "./threaded-instance.ts";

export interface WorkerGenerationOptions extends GenerationOptions {
  /** The module as hosts get it. */
  readonly sent: ModuleToSend;
  readonly hosts: InstanceHosts;
  /** Where messages are posted: the numbers of the imports that nobody waits for. */
  readonly posts: readonly number[] | undefined;
  /** What makes its calls answer later, for messages: `its thread`. */
  readonly slow: string;
  readonly deadline: Deadline;
  /** Whether a thread is kept ready to take over. */
  readonly spare: boolean;
}

export class WorkerGeneration implements Generation {
  readonly number: number;
  readonly build: Build;
  readonly answersLater = true;
  readonly slow: string;
  calls: Call[] = [];
  trapped: PluginError | undefined;
  readonly #options: WorkerGenerationOptions;
  readonly #link: Linked;
  readonly #functions: Functions;
  readonly instance: ThreadedInstance;
  readonly #copies: ThreadedCopies<WorkerGeneration>;
  /** Whether it was discarded or retired. */
  #over = false;

  private constructor(options: WorkerGenerationOptions) {
    const { number, build, module, linkage, lineage, mode } = options;
    this.#options = options;
    this.number = number;
    this.build = build;
    this.slow = options.slow;
    const what = "a grant could not be made for it";
    this.#link = this.#guarded("bad-grant", what, () => linkOf(linkage, mode, lineage));
    this.instance = instanceOf(options, new Questions(linkage, this.#link, options.sent.maxValueBytes));
    this.#copies = new ThreadedCopies({
      module,
      instance: this.instance,
      afterTrap: lineage.afterTrap,
      sibling: () => this.#sibling(),
      poison: (trap) => this.#poison(trap),
    });
    const bind = (binding: Binding) => this.instance.bind(binding);
    this.#functions = functionsOf(options, this.#link, { bind, answersLater: true });
  }

  /** @throws PluginError `bad-grant`, `unavailable`, `bad-manifest`, `mismatch`, `no-memory`, `invalid-module` */
  static async make(options: WorkerGenerationOptions): Promise<WorkerGeneration> {
    const made = new WorkerGeneration(options);
    try {
      made.calls = made.#functions.add(options.bindings);
      await made.instance.make();
      return made;
    } catch (error) {
      made.discard();
      return made.#guarded("invalid-module", "could not be instantiated", () => {
        throw error;
      });
    }
  }

  get cloneable(): boolean {
    return this.instance.recoverable;
  }

  get fuelUsed(): number | undefined {
    return this.instance.fuelUsed;
  }

  /** Pages of its memory, after its last hook. */
  get pages(): number {
    return this.instance.pages;
  }

  bind(contract: Contract): void {
    this.calls = this.#functions.add(bindings(contract, this.#options.module));
  }

  unbind(first: number): void {
    this.calls = this.#functions.cut(first);
  }

  observe(observer: CallObserver | undefined): void {
    this.calls = this.#functions.observe(observer);
  }

  answerFrom(hostCalls: () => HostCalls): void {
    this.calls = this.#functions.answeredFrom(hostCalls);
  }

  replay(call: RecordedCall, log?: CallLog): Awaitable<number> {
    return run(this.#again(this.#functions.replay(call, log)));
  }

  *#again<T>(steps: Steps<T>): Steps<T> {
    this.instance.again = true;
    try {
      return yield* steps;
    } finally {
      this.instance.again = false;
    }
  }

  resume(call: TrappedCall): unknown {
    return run(this.#functions.resume(call));
  }

  /** Runs top-level code and the start hook. @throws PluginError `failed-start` */
  async start(): Promise<this> {
    await this.#hook({ do: "start" }, "failed-start", "its start failed");
    return this;
  }

  async save(): Promise<State | undefined> {
    if (!this.build.manifest.state) return undefined;
    if (this.trapped) throw this.trapped;
    return this.#copies.save();
  }

  async saveInPlace(): Promise<State | undefined> {
    if (!this.build.manifest.state) return undefined;
    if (this.trapped) throw this.trapped;
    return this.#copies.saveInPlace();
  }

  forget(): void {
    this.#copies.forget();
  }

  async restore(state: State): Promise<void> {
    const { passage } = this.#options;
    if (!passage) throw new PluginError("no-state", `${title(this.build)} takes no state`);
    const what = "its restore failed";
    const restore = this.#guarded("failed-restore", what, () =>
      bulkFor(passage.translate?.(state.datum) ?? state.datum),
    );
    await this.#hook({ restore }, "failed-restore", what);
  }

  async check(): Promise<void> {
    await this.#hook({ do: "check" }, "failed-check", "its check of the state failed");
  }

  serve(): void {
    const { hosts, sent, spare } = this.#options;
    this.#link.serve();
    if (spare) hosts.keepReady(sent, (hosting) => this.instance.rehearse(hosting));
    else hosts.keepNone();
  }

  closing(): void {
    this.#link.closing();
  }

  discard(): void {
    this.forget();
    void this.#release();
  }

  async retire(): Promise<unknown> {
    this.forget();
    try {
      if (!this.trapped && !this.instance.lost) await this.instance.order({ do: "stop" });
      return undefined;
    } catch (error) {
      return stopError(this.#options.module, error);
    } finally {
      await this.#release();
    }
  }

  failed(error: unknown, name: string): PluginError {
    if (error instanceof PluginError) return error;
    const could = `could not call ${this.#options.lineage.plugin}.${name}`;
    const misfit = misfitError(could, error);
    if (misfit) return misfit;
    const ended = this.#ended(could, error);
    this.#poison(ended);
    return ended;
  }

  #ended(could: string, cause: unknown): PluginError {
    if (this.#over) return new PluginError("closed", `${could}: ${reason(cause)}`, { cause });
    const { lineage } = this.#options;
    const { version } = this.build.manifest;
    return trapError(cause, { could, version, pages: this.pages, ...lineage });
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

  image(): Promise<Image> {
    return this.#copies.image();
  }

  clone(): Promise<WorkerGeneration> {
    return this.#copies.clone(() => this.#sibling(this.#functions.bindings));
  }

  #sibling(bindings: readonly Binding[] = []): Promise<WorkerGeneration> {
    const lineage = { ...this.#options.lineage, onTrap: () => {} };
    const own = { ...this.#options, mode: "looking", bindings, pages: this.pages, lineage } as const;
    return WorkerGeneration.make(own);
  }

  async #hook(order: Order, code: ErrorCode, what: string): Promise<void> {
    await hooked(this.#options.module, this.instance, { order, code, what });
  }

  /** Lets go of its thread. */
  async #release(): Promise<void> {
    this.#over = true;
    this.calls = this.#functions.cut(0);
    this.#link.retire();
    await this.instance.release();
  }

  #guarded<T>(code: ErrorCode, what: string, work: () => T): T {
    return guarded(this.#options.module, { code, what }, work);
  }
}

function instanceOf(options: WorkerGenerationOptions, questions: Questions): ThreadedInstance {
  const { number, module, sent, lineage, mode, passage, pages, hosts, posts, deadline } = options;
  const { plugin, maxStateBytes, maxValueBytes, maxPages, afterTrap, afterFailure } = lineage;
  const instance = {
    number,
    plugin,
    compares: mode === "looking",
    pages,
    posts,
    way: passage && { restore: passage.restore, same: passage.kind === "same" },
    maxStateBytes,
    maxValueBytes,
    maxPages,
    afterTrap,
    afterFailure,
  };
  const { metering } = module;
  return new ThreadedInstance({ instance, module: sent, metering, hosts, deadline, questions });
}
