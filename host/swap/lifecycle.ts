/** Where a plugin stands: what serves, what it could return to, what is under way, and who is told. */
import { camelCase } from "../../abi/type.ts";
import { run, type Steps, wait } from "../awaitable.ts";
import type { Serving } from "../call/calls.ts";
import { Gate } from "../call/gate.ts";
import type { Contract, Functions } from "../contract/contract.ts";
import { bindings } from "../contract/view.ts";
import type { Keep } from "../durable/keep.ts";
import { MemoryKeep } from "../durable/memory-keep.ts";
import type { Store } from "../durable/store.ts";
import { StoreKeep } from "../durable/store-keep.ts";
import type { PluginError } from "../errors.ts";
import { Events, report } from "../events.ts";
import type { Lineage, NearGeneration } from "../generation/near.ts";
import { type Beside, both, NOBODY } from "../generation/observer.ts";
import type { Grant } from "../grant/capability.ts";
import { MemoryPool } from "../guest/memory-pool.ts";
import type { Scribe } from "../journal/recorded.ts";
import { type AfterTrap, Revival, restartOf } from "../journal/restart.ts";
import type { Mirror } from "./mirror.ts";
import type { Probation } from "./probation.ts";
import { History, Recorder, type SwapRecord, type VersionRecord } from "./record.ts";

export interface PluginEvents extends Record<string, unknown> {
  /** One for each transition, refusals too. */
  readonly swap: SwapRecord;
  /** The generation that serves trapped. */
  readonly trap: { readonly plugin: string; readonly generation: number; readonly error: PluginError };
  /** A grant, a stop hook or a listener threw where no caller waits for it. Without a listener it is on the console. */
  readonly error: { readonly plugin: string; readonly error: unknown };
  readonly close: { readonly plugin: string };
}

export interface PluginOptions {
  readonly grants: readonly Grant[];
  readonly abi: "moult" | "assemblyscript";
  /** Calls that may wait while a swap or another call is under way. */
  readonly queue: number;
  /** @default "fail-closed" */
  readonly afterTrap?: AfterTrap;
  readonly store?: Store | undefined;
  /** Bytes that a source may bring. */
  readonly maxSourceBytes?: number | undefined;
}

export class Standing {
  readonly name: string;
  readonly options: PluginOptions;
  /** What a listener of another event throws is an event `error`; what one of that throws is on the console. */
  readonly events: Events<PluginEvents> = new Events((error, type) =>
    type === "error" ? report(error) : this.tellError(error),
  );
  readonly history = new History();
  readonly lineage: Lineage;
  readonly gate: Gate;
  /** What the plugin needs to come back, if it is to. */
  readonly keep: Keep | undefined;
  /** Brings it back. */
  readonly revival: Revival | undefined;
  readonly #scribe: Scribe | undefined;
  #beside: Beside | undefined;
  #closed: AbortController | undefined;
  /** What live views expect, in the order of their functions' numbers. A swap must not break any. */
  readonly contracts: Contract[];
  /** The one box that calls look into. */
  serving!: Serving;
  /** Of a swap under way, once it is made. */
  successor: NearGeneration | undefined;
  probation: Probation | undefined;
  mirror: Mirror | undefined;
  /** Swaps, rollbacks and restarts under way: one, or two when a version goes back before its swap has come to its end. */
  #under = 0;
  /** The version that serves trapped, and the one before is about to take over. */
  returning = false;
  /** Generations that were made, or meant to be. */
  generations = 1;
  /** A probation ran out while something was under way. */
  #lapsed = false;
  readonly #idle: (() => void)[] = [];
  /** Records of what came after a cutover whose own record is not out yet. */
  #later: SwapRecord[] | undefined;

  constructor(name: string, contract: Contract<Functions>, options: PluginOptions) {
    this.name = name;
    this.options = options;
    this.contracts = [contract];
    this.gate = new Gate({ plugin: name, concurrency: 1, queue: options.queue });
    const { afterTrap = "fail-closed", store } = options;
    const restart = restartOf(afterTrap);
    const passed = () => this.gate.passed;
    const keep = store ? new StoreKeep(name, store) : restart && new MemoryKeep(restart.journal, passed);
    this.keep = keep;
    this.revival = keep && new Revival(this, keep, restart);
    this.#scribe = keep && {
      journal: keep.journal,
      keep,
      add: () => {},
      answered: () => (keep.due ? run(this.#checkpoint(keep)) : undefined),
      trapped: (error, call) => {
        throw this.current.failed(error, camelCase(call.name));
      },
      unlogged: (error) => this.revival?.undo(error),
    };
    this.lineage = {
      plugin: name,
      nesting: { depth: 0 },
      memories: new MemoryPool(),
      callName: keep ? () => keep.callName : passed,
      waits: store !== undefined && !store.synchronous,
      afterTrap: restart
        ? "a fresh instance takes its place, without this call"
        : "it is not called again until it is swapped or rolled back",
      onError: (error) => this.tellError(error),
      onTrap: (generation, error) => this.#onTrap(generation, error),
    };
  }

  /** Fires at `close`. */
  get closed(): AbortController {
    this.#closed ??= new AbortController();
    return this.#closed;
  }

  /** Tells of an error that no caller waits for: as an event, and where nothing listens to it on the console. */
  tellError(error: unknown): void {
    if (this.events.emit("error", { plugin: this.name, error })) return;
    report(error);
  }

  /** From now on whoever has to know is told of every call of what serves. */
  attend(): void {
    const own = this.#scribe;
    const beside = this.#beside;
    if (this.probation) this.current.keep(this.probation.scribe);
    else this.current.keep(beside ? both(own ?? NOBODY, beside) : own);
  }

  /** Lets somebody be told too, behind everybody's back. */
  beside(who: Beside | undefined): void {
    this.#beside = who;
    this.attend();
  }

  /** Begins anew from what serves, where its calls are kept. What fails is told: nothing is lost by it. */
  *#checkpoint(keep: Keep): Steps<void> {
    try {
      yield* wait(keep.checkpoint(this.current));
    } catch (error) {
      this.lineage.onError(error);
    }
  }

  get current(): NearGeneration {
    return this.serving.current;
  }

  /** The functions of all live views, as a generation has them. @throws PluginError `mismatch` */
  bound(generation: Pick<NearGeneration, "module">) {
    return this.contracts.flatMap((each) => bindings(each, generation.module));
  }

  /** What is true now, for messages. */
  now(): string {
    if (this.closed.signal.aborted) return "it was closed";
    const { module, trapped } = this.current;
    return `version ${module.manifest.version} ${trapped ? "has trapped" : "still serves"}`;
  }

  /** The cutover: one assignment, and nothing that can throw. */
  cutOver(to: NearGeneration): void {
    this.mirror?.end("another version serves now");
    this.serving.current = to;
    this.gate.refuse(undefined);
  }

  /** Ends a probation, if there is one, without a word. */
  endProbation(): Probation | undefined {
    const { probation } = this;
    probation?.end();
    this.probation = undefined;
    this.attend();
    this.#lapsed = false;
    return probation;
  }

  /** A swap, a rollback or a restart is under way. */
  get busy(): boolean {
    return this.#under > 0;
  }

  /** One is, until `rest`. */
  work(): void {
    this.#under++;
  }

  /** It is over. */
  rest(): void {
    this.#under--;
    this.successor = undefined;
    if (this.busy) return;
    // Afterwards: what is over is told first.
    queueMicrotask(() => this.#lapsed && this.lapse());
    for (const waiting of this.#idle.splice(0)) waiting();
  }

  /** When nothing is under way. */
  async idle(): Promise<void> {
    while (this.busy) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** A probation ran out: not while something is under way, and never for a version that trapped. */
  lapse(): void {
    this.#lapsed = this.busy;
    if (!this.busy && !this.current.trapped) this.accept();
  }

  /** What serves is permanent. */
  accept(): SwapRecord | undefined {
    const probation = this.endProbation();
    if (!probation) return undefined;
    this.retire(probation.incumbent);
    const [from, to] = [probation.incumbent.record(), this.current.record()];
    return this.tell(new Recorder(), { outcome: "permanent", from, to });
  }

  retire(generation: NearGeneration): void {
    const error = generation.retire();
    if (error !== undefined) this.lineage.onError(error);
  }

  /** Finishes a record, keeps it, and tells the listeners. */
  tell(
    recorder: Recorder,
    what: Pick<SwapRecord, "outcome" | "from" | "cause"> & { readonly to: VersionRecord | undefined },
  ): SwapRecord {
    const record = recorder.finish({ plugin: this.name, ...what });
    if (this.#later && what.outcome !== "swapped") this.#later.push(record);
    else this.#publish(record);
    return record;
  }

  /** From a swap's cutover on, whatever is told waits until the swap itself is. */
  tellAfterSwap(): void {
    this.#later = [];
  }

  #publish(record: SwapRecord): void {
    this.history.add(record);
    this.events.emit("swap", record);
    const next = this.#later?.shift();
    if (next) this.#publish(next);
    else this.#later = undefined;
  }

  #onTrap(generation: NearGeneration, error: PluginError): void {
    if (generation !== this.serving?.current) return;
    const handled = this.returning || (!this.probation && this.revival?.after(error));
    if (!handled) this.gate.refuse(error);
    this.events.emit("trap", { plugin: this.name, generation: generation.number, error });
  }
}
