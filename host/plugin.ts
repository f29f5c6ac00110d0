/// <reference lib="esnext.disposable" preserve="true" />
/** Plugins: lasting handles whose code can change. */

import type { Recovery } from "./begin-stored.ts";
import type { WaitOptions } from "./call/queue.ts";
import { callsOf, syncCallsOf, type View, viewOf } from "./call/view.ts";
import { type Contract, checkContract, type Functions } from "./contract/contract.ts";
import type { ProvideOptions } from "./dependency/provided.ts";
import type { Keep } from "./durable/keep.ts";
import { PluginError } from "./errors.ts";
import type { Grant } from "./grant/capability.ts";
import { LazyPart } from "./lazy-part.ts";
import { owned, type Source } from "./module/source.ts";
import { optionsOf } from "./option.ts";
import { type CloseOptions, drainOf } from "./swap/close-options.ts";
import { type Following, type FollowOptions, follow } from "./swap/follow.ts";
import { UNDERTAKINGS, type Undertakings } from "./swap/lazy-undertakings.ts";
import { checkEvent, type Lifecycle, type PluginEvents } from "./swap/lifecycle.ts";
import type { LiveSource } from "./swap/live-source.ts";
import type { Mirror } from "./swap/mirror.ts";
import type { MirrorOptions } from "./swap/mirror-options.ts";
import { type PluginStatus, statusOf, warningsOf } from "./swap/plugin-status.ts";
import type { RollbackOptions } from "./swap/rollback.ts";
import { type SnapshotOptions, snapshotOf } from "./swap/snapshot.ts";
import type { SwapOptions } from "./swap/swap-options.ts";
import type { Transition } from "./transition.ts";

export const PROVIDING = new LazyPart(() => import("./dependency/provided.ts"));

/** A loaded plugin, made by `load`. */
export class Plugin<F extends Functions = Functions> implements View<F>, AsyncDisposable {
  readonly name: string;
  /** What was recovered from its store; missing without a store, or from an empty one. */
  readonly recovered: Recovery | undefined;
  readonly #contract: Contract<F>;
  readonly #lifecycle: Lifecycle;
  #call: View<F>["call"] | undefined;
  #callSync: View<F>["callSync"] | undefined;
  #closing: Promise<void> | undefined;

  constructor(contract: Contract<F>, lifecycle: Lifecycle, recovered: Recovery | undefined) {
    this.name = lifecycle.name;
    this.recovered = recovered;
    this.#contract = contract;
    this.#lifecycle = lifecycle;
  }

  /** The contract by which it is called: the one of `load`, or that of its first version's own types. */
  get contract(): Contract<F> {
    return this.#contract;
  }

  get call(): View<F>["call"] {
    this.#call ??= callsOf(this.#contract, this.#lifecycle.serving, 0);
    return this.#call;
  }

  get callSync(): View<F>["callSync"] {
    this.#callSync ??= syncCallsOf(this.#contract, this.#lifecycle.serving, 0);
    return this.#callSync;
  }

  /** The version that serves. */
  get version(): string {
    return this.#lifecycle.current.build.manifest.version;
  }

  /**
   * Units of fuel that the last call or hook of the version that serves took; nothing where `limits` has no fuel.
   * More than the limit where it was ended for it.
   */
  get fuelUsed(): number | undefined {
    return this.#lifecycle.current.fuelUsed;
  }

  /** The number of the generation that serves; the first is 1. */
  get generation(): number {
    return this.#lifecycle.current.number;
  }

  /** The URL of the server where the version that serves runs; nothing where that is this process. */
  get place(): string | undefined {
    return this.#lifecycle.current.build.place;
  }

  /** How it is now: what is under way, which version serves, and whether it is on probation. */
  get status(): PluginStatus {
    return statusOf(this.#lifecycle);
  }

  /** What this version cannot do, and what its store cannot promise, as sentences for people. */
  get warnings(): readonly string[] {
    return warningsOf(this.#lifecycle, this.#contract);
  }

  /**
   * Replaces the code by the module in `source`. The state crosses, or nothing changes.
   *
   * @returns the record of the swap, which listeners get too
   * @throws PluginError with the same record when it is refused; the incumbent still serves
   */
  swap(source: Source, options?: SwapOptions<F>): Promise<Transition> {
    return this.#undertake("swap", source, options, ({ rehearse, swap }, source, given) => {
      const how = given.dryRun ? rehearse : swap;
      return how(this.#lifecycle, this.#contract, source, given);
    });
  }

  /** Swaps whenever `source` changes, until the plugin is closed or the following ends. */
  follow(source: LiveSource, options?: FollowOptions<F>): Following {
    return follow(this.#lifecycle, this.#contract, source, options);
  }

  /**
   * Ends the probation: the serving version is permanent, and the incumbent's stop hook runs.
   *
   * @returns nothing when no version is on probation. While something is under way, the decision comes when
   * that is over, and a rollback wins
   */
  accept(): Transition | undefined {
    const lifecycle = this.#lifecycle;
    // Before that part is loaded, no version can be on probation.
    const { there } = UNDERTAKINGS;
    if (lifecycle.status.status === "idle") return there?.accept(lifecycle);
    there?.acceptWhenIdle(lifecycle);
    return undefined;
  }

  /**
   * Returns to the incumbent. The calls since the cutover are replayed on it, so that none is lost.
   *
   * @throws PluginError `not-on-probation`; `unreplayable` when the calls since the cutover cannot be
   * replayed and `discard` does not drop them; `trapped`, `grant-failed` or `store-failed` when that had ended
   * the incumbent; `busy`; `deadline`; `closed`
   */
  rollback(options?: RollbackOptions): Promise<Transition> {
    return this.#undertake("rollback", undefined, options, ({ rollBack }, _, given) =>
      rollBack(this.#lifecycle, given),
    );
  }

  /**
   * Lets another version run every call in the background, and compares its answers. Callers notice nothing.
   *
   * @throws PluginError those of a swap's preparation; `busy`, `probation`
   */
  mirror(source: Source, options?: MirrorOptions): Promise<Mirror> {
    return this.#undertake("mirror", source, options, ({ mirror }, source, given) =>
      mirror(this.#lifecycle, source, given),
    );
  }

  /**
   * Grants its interface to other plugins: `load(source, { grant: [await plugin.grant()] })`. Their calls go to the
   * version that serves. While they live, a swap that would break one is refused, and so is `close`.
   *
   * @throws PluginError `bad-grant` for a plugin without an interface; `argument`; `closed`
   */
  async grant(options?: ProvideOptions): Promise<Grant> {
    const given = { ...optionsOf(options, "grant") };
    const { provided } = await PROVIDING.load(`could not grant ${this.name}`);
    return provided(this.#lifecycle, given);
  }

  /** The last transitions, oldest first. */
  history(): readonly Transition[] {
    return this.#lifecycle.history.records();
  }

  /**
   * A wider (or another) view of the same plugin. While the plugin lives, a swap that would break the view is
   * refused.
   *
   * @throws PluginError `bad-contract`; `closed`; `mismatch` when the serving version, its successor in a swap that is
   * under way, or the incumbent of a probation does not fit
   */
  as<G extends Functions>(contract: Contract<G>): View<G> {
    checkContract(contract, `look at ${this.name}`);
    const { current, probation, successor, contracts, serving, closed } = this.#lifecycle;
    if (closed) throw new PluginError("closed", `could not look at ${this.name}: it was closed`);
    const others = [probation?.incumbent, successor].filter((each) => each !== undefined);
    const live = [...new Set([current, ...others])];
    const first = current.calls.length;
    try {
      for (const generation of live) generation.bind(contract);
    } catch (error) {
      for (const generation of live) generation.unbind(first);
      throw error;
    }
    contracts.push(contract);
    return viewOf(contract, serving, first);
  }

  /**
   * The same functions with bounds on how long a call waits for its turn: a call that still waits when the
   * time is up, or the signal fires, fails with `[deadline]` or `[aborted]`, and was not made. A call that is
   * inside is not given up.
   *
   * @example await plugin.within({ timeout: 100 }).call.add(1)
   */
  within(patience: WaitOptions): Pick<View<F>, "call"> {
    return viewOf(this.#contract, this.#lifecycle.serving, 0, patience);
  }

  /**
   * The state as a snapshot file, which any Avro tool reads, taken when this call's turn has come.
   *
   * @throws PluginError `no-state`, `failed-save`, `trapped`, `closed`, `argument`
   */
  snapshot(options?: SnapshotOptions): Promise<Uint8Array> {
    return snapshotOf(this.#lifecycle, options);
  }

  /** Adds a listener. @returns a function that removes it @throws PluginError `argument` */
  on<K extends keyof PluginEvents & string>(type: K, listener: (event: PluginEvents[K]) => void): () => void {
    checkEvent(type);
    return this.#lifecycle.events.on(type, listener as never);
  }

  /**
   * Lets calls in flight end, fails those that wait with `[closed]`, runs the stop hook and lets go of
   * everything. The signals of grants fire when closing begins.
   * @throws PluginError `in-use` while other plugins call this one: close those first
   */
  close(options?: CloseOptions): Promise<void> {
    const drain = drainOf(options);
    const inUse = this.#closing ? undefined : this.#lifecycle.dependencies?.inUse;
    this.#closing ??= inUse ? undefined : this.#close(drain);
    return this.#closing ?? Promise.reject(inUse);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Begins at once if the part is loaded; while it is on its way, the caller may change the arguments, so
   * they are copied. The options are copied in any case, since they are read until the cutover.
   */
  async #undertake<T, S extends Source | undefined, O extends object>(
    of: "swap" | "mirror" | "rollback",
    source: S,
    options: O | undefined,
    work: (part: Undertakings, source: S, given: O) => Promise<T>,
  ): Promise<T> {
    const given = { ...optionsOf(options, of) };
    const verb = of === "rollback" ? "roll back" : of;
    const own = UNDERTAKINGS.there || source === undefined ? source : (owned(source) as S);
    return UNDERTAKINGS.with(`could not ${verb} ${this.name}`, (part) => work(part, own, given));
  }

  async #close(drain: number): Promise<void> {
    const lifecycle = this.#lifecycle;
    const { gate, maker, events, keep } = lifecycle;
    lifecycle.close();
    const { current, probation, successor } = lifecycle;
    for (const each of [current, probation?.incumbent, successor]) each?.closing();
    const closed = new PluginError("closed", `could not call ${this.name}: it was closed`);
    const empty = await gate.end(closed, drain);
    lifecycle.mirror?.end(undefined);
    maker.close();
    const ended = lifecycle.endProbation();
    if (ended) await lifecycle.retire(ended.incumbent);
    if (keep) await this.#letGo(keep, empty);
    // A guest with a call inside cannot be entered for its stop hook.
    if (empty) await lifecycle.retire(lifecycle.current);
    else lifecycle.current.discard();
    await lifecycle.retirements.over();
    lifecycle.dependencies?.leave();
    events.emit("close", { plugin: this.name });
  }

  /** @param empty no call is inside */
  async #letGo(keep: Keep, empty: boolean): Promise<void> {
    const { restarting, current, surroundings, status } = this.#lifecycle;
    await restarting?.done;
    await status.idle();
    try {
      await keep.close(empty ? current : undefined);
    } catch (error) {
      surroundings.onError(error);
    }
  }
}
