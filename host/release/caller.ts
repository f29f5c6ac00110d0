/** A caller of what a fabric hosts: it watches the plan, picks a version for each call, and calls it. */
import { type Contract, checkContract, type Functions } from "../contract/contract.ts";
import { PluginError } from "../errors.ts";
import type { Change, Fabric, Watching } from "../fabric/fabric.ts";
import { misfit, optionsOf } from "../option.ts";
import { randomName } from "../random-name.ts";
import { type Measured, Measures } from "../remote/measures.ts";
import type { Timers } from "../timer.ts";
import { callerKey, planKey } from "./address.ts";
import { Beat } from "./beat.ts";
import type { ReleaseCaller, ReleaseCallerEvents, ReleaseCallerOptions } from "./caller-options.ts";
import { callingSettings } from "./calling-options.ts";
import { type Choice, Chooser } from "./choice.ts";
import { checkKey, type Keyed, keyed } from "./keyed.ts";
import { Notices } from "./notices.ts";
import { type Plan, stableOf } from "./plan.ts";
import { planToCall, readPlan } from "./plans.ts";
import type { CallerReport } from "./reports.ts";
import { NotThere, Sender, type Sending } from "./sender.ts";

/** Versions whose calls are counted: those that the plan does not name any more are forgotten first. */
const COUNTED = 32;

/**
 * Calls a plugin that a fabric hosts. The contract is held against the stable version before the first call, and
 * against each other one before its first.
 *
 * @throws PluginError `not-found` where the plugin has no plan; `mismatch`, `bad-contract`, `argument`, `bad-peer`; those
 * of the fabric
 * @example const visits = await callReleases(fabric, Visits, "visits");
 * await visits.by("user-7").call.visit("/");
 */
export async function callReleases<F extends Functions>(
  fabric: Fabric,
  contract: Contract<F>,
  name: string,
  options?: ReleaseCallerOptions<F>,
): Promise<ReleaseCaller<F>> {
  checkContract(contract, "call releases");
  if (typeof name !== "string" || name === "") throw misfit(name, "the name", "the name of a plugin");
  const given = optionsOf(options, "callReleases");
  const plan = await planToCall(fabric, name);
  const caller = new Caller(fabric, { contract, name, plan }, given);
  await caller.open();
  return caller;
}

interface Given<F extends Functions> {
  readonly contract: Contract<F>;
  readonly name: string;
  readonly plan: Plan;
}

/** A call. */
interface Wanted {
  readonly key: string | undefined;
  readonly choice: Choice;
  readonly sending: Omit<Sending, "patient">;
}

class Caller<F extends Functions> implements ReleaseCaller<F> {
  readonly name: string;
  readonly call: Keyed<F>["call"];
  readonly #fabric: Fabric;
  readonly #names: readonly string[];
  readonly #chooser: Chooser;
  readonly #sender: Sender;
  readonly #notices = new Notices<ReleaseCallerEvents>("a caller", ["fallback", "plan", "fault"]);
  readonly on = this.#notices.on;
  readonly #timers: Timers;
  readonly #timeout: number;
  readonly #measures = new Map<string, Measures>();
  readonly #beat: Beat;
  #plan: Plan;
  #watching: Watching | undefined;
  #pending = 0;
  #idle: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(fabric: Fabric, { contract, name, plan }: Given<F>, options: ReleaseCallerOptions<F>) {
    const { timeout, idempotent, maxBytes, interval, timers } = callingSettings(options, contract);
    this.#fabric = fabric;
    this.name = name;
    this.#plan = plan;
    this.#timers = timers;
    this.#timeout = timeout;
    this.#names = [...contract.functions.keys()];
    const onFault = this.#notices.fault;
    this.#chooser = new Chooser({ name, decide: options.decide, onFault });
    this.#sender = new Sender(fabric, { contract, name, maxBytes, idempotent, timers });
    this.call = this.#keyed().call;
    const caller = randomName();
    const record = (): CallerReport => ({
      caller,
      at: Date.now(),
      interval,
      revision: this.#plan.revision,
      versions: Object.fromEntries([...this.#measures].map(([version, { tally }]) => [version, tally])),
    });
    this.#beat = new Beat(fabric, { key: callerKey(name, caller), interval, timers, record, onFault });
  }

  get plan(): Plan {
    return this.#plan;
  }

  async open(): Promise<void> {
    const { split } = this.#plan;
    await Promise.allSettled(split.map(({ version }) => this.#sender.functionsOf(version)));
    await this.#sender.functionsOf(stableOf(this.#plan));
    const key = planKey(this.name);
    this.#watching = await this.#fabric.kv.watch(key, (change) => {
      if (change.key === key) void this.#take(change);
    });
    await this.#beat.now();
  }

  by(key: string, choice?: Choice): Keyed<F> {
    checkKey(key, choice);
    return this.#keyed(key, choice);
  }

  measures(): Readonly<Record<string, Measured>> {
    return Object.fromEntries([...this.#measures].map(([version, { measured }]) => [version, measured]));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #keyed(key?: string, choice?: Choice): Keyed<F> {
    return keyed(this.#names, (...each) => this.#dial(...each), key, choice);
  }

  /** A plan counts when all its versions are known, so that no call has to wait for that. */
  async #take(change: Change): Promise<void> {
    // Without a plan, the last one holds.
    if ("deleted" in change || change.revision <= this.#plan.revision) return;
    try {
      const plan = readPlan(change, this.name);
      const versions = plan.split.map((each) => each.version);
      await Promise.allSettled(versions.map((version) => this.#sender.functionsOf(version)));
      if (this.#closing || plan.revision <= this.#plan.revision) return;
      this.#plan = plan;
      this.#sender.keep(new Set(versions));
      this.#notices.emit("plan", plan);
      await this.#beat.now();
    } catch (error) {
      this.#notices.fault(error);
    }
  }

  async #dial(
    called: string,
    args: readonly unknown[],
    key: string | undefined,
    choice: Choice,
  ): Promise<unknown> {
    if (this.#closing) {
      const why = "its caller was closed; it was not called";
      throw new PluginError("closed", `could not call ${this.name}.${called}: ${why}`);
    }
    this.#pending++;
    try {
      return await this.#chosen(called, args, key, choice);
    } catch (error) {
      throw error instanceof NotThere ? error.error : error;
    } finally {
      if (--this.#pending === 0) this.#idle?.();
    }
  }

  async #chosen(
    called: string,
    args: readonly unknown[],
    key: string | undefined,
    choice: Choice,
  ): Promise<unknown> {
    const { timeout = this.#timeout, signal } = choice;
    const due = this.#timers.now() + timeout;
    const sending = { args, timeout, due, signal };
    for (;;) {
      const plan = this.#plan;
      try {
        return await this.#byPlan(plan, called, { key, choice, sending });
      } catch (error) {
        // The version went while the call was on its way: nobody had it, and the next plan says who serves.
        const isLast = plan === this.#plan || choice.version !== undefined || this.#timers.now() >= due;
        if (isLast || !(error instanceof NotThere)) throw error;
      }
    }
  }

  async #byPlan(plan: Plan, called: string, { key, choice, sending }: Wanted): Promise<unknown> {
    const chosen = this.#chooser.choose(plan, key, choice);
    const wanted = typeof chosen === "string" ? chosen : await chosen;
    const stable = stableOf(plan);
    // Who asks for a version by its name gets that one or none.
    if (wanted === stable || choice.version !== undefined)
      return this.#measured(wanted, called, { ...sending, patient: true });
    try {
      return await this.#measured(wanted, called, { ...sending, patient: false });
    } catch (error) {
      if (!(error instanceof NotThere)) throw error;
      this.#notices.emit("fallback", { wanted, version: stable, why: error.error.rawMessage });
    }
    return this.#measured(stable, called, { ...sending, patient: true });
  }

  /** A version that no node serves has failed, too: a rollout to it should not go on. */
  async #measured(version: string, called: string, sending: Sending): Promise<unknown> {
    const measures = this.#measuresOf(version);
    const began = this.#timers.now();
    try {
      const answer = await this.#sender.send(version, called, sending);
      measures.record(this.#timers.now() - began);
      return answer;
    } catch (error) {
      measures.record(this.#timers.now() - began, error instanceof NotThere ? error.error : error);
      throw error;
    }
  }

  #measuresOf(version: string): Measures {
    const known = this.#measures.get(version);
    if (known) return known;
    if (this.#measures.size >= COUNTED) {
      const named = new Set(this.#plan.split.map((each) => each.version));
      const old = [...this.#measures.keys()].find((each) => !named.has(each));
      if (old !== undefined) this.#measures.delete(old);
    }
    const measures = new Measures();
    this.#measures.set(version, measures);
    return measures;
  }

  async #close(): Promise<void> {
    this.#watching?.stop();
    if (this.#pending > 0)
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    await this.#beat.end();
  }
}
