/** A caller of keyed instances: it knows which node has a key, or asks the one it belongs to. */
import { checkPatience } from "../call/queue.ts";
import { type Contract, checkContract, type Functions } from "../contract/contract.ts";
import { PluginError } from "../errors.ts";
import { type Fabric, Unserved, type Watching } from "../fabric/fabric.ts";
import { Payloads } from "../fabric/payloads.ts";
import { checkAmount, misfit, optionsOf } from "../option.ts";
import { randomName } from "../random-name.ts";
import { callerKey, planKey } from "../release/address.ts";
import { callingSettings } from "../release/calling-options.ts";
import { type Keyed, keyed } from "../release/keyed.ts";
import { Notices } from "../release/notices.ts";
import { pick } from "../release/pick.ts";
import type { Plan } from "../release/plan.ts";
import { planToCall, readPlan } from "../release/plans.ts";
import type { CallerReport } from "../release/reports.ts";
import { givenUp, NotThere, Sender } from "../release/sender.ts";
import type { Patience } from "../remote/patience.ts";
import { after, type Timers } from "../timer.ts";
import { checkKey, nodeSubject } from "./address.ts";
import type { KeyedCaller, KeyedCallerOptions } from "./caller-options.ts";
import type { Dialled, Place, Sent, Tried } from "./dialled.ts";
import { KnownKeys } from "./known-keys.ts";
import { Members } from "./members.ts";
import { parcel, readParcel } from "./parcel.ts";
import { Reports } from "./reports.ts";
import { type Asked, type Said, saidSchema } from "./said.ts";

/**
 * Calls the keyed instances of a plugin that nodes of a fabric host.
 *
 * @throws PluginError `not-found` where the plugin has no plan; `mismatch`, `bad-contract`, `argument`; those of the
 * fabric
 * @example const rooms = await callKeyed(fabric, Room, "room");
 * await rooms.of("lobby").call.say("hello");
 */
export async function callKeyed<F extends Functions>(
  fabric: Fabric,
  contract: Contract<F>,
  name: string,
  options?: KeyedCallerOptions<F>,
): Promise<KeyedCaller<F>> {
  checkContract(contract, "call keyed instances");
  if (typeof name !== "string" || name === "") throw misfit(name, "the name", "the name of a plugin");
  const given = optionsOf(options, "callKeyed");
  const plan = await planToCall(fabric, name);
  const caller = new Caller(fabric, { contract, name, plan }, given);
  await caller.open();
  return caller;
}

/** Milliseconds before a call is sent again: twice as many each time. */
const [PAUSE, LONGEST_PAUSE] = [10, 320];
/** What a version is charged with that a key's state could not cross to. */
const REFUSED = new PluginError("incompatible-state", "the state of a key could not cross to it");
/** Errors after which a function that is idempotent is called again. */
const PASSING = new Set(["deadline", "unavailable", "closed"]);

class Caller<F extends Functions> implements KeyedCaller<F> {
  readonly name: string;
  readonly #fabric: Fabric;
  readonly #names: readonly string[];
  readonly #payloads: Payloads;
  readonly #sender: Sender;
  readonly #idempotent: ReadonlySet<string>;
  readonly #timeout: number;
  readonly #timers: Timers;
  readonly #reports: Reports;
  readonly #known: KnownKeys;
  readonly #notices = new Notices<{ readonly fault: unknown }>("a caller", ["fault"]);
  readonly on = this.#notices.on;
  #plan: Plan;
  #members: Members | undefined;
  #watching: Watching | undefined;
  #closed = false;

  constructor(
    fabric: Fabric,
    { contract, name, plan }: { readonly contract: Contract<F>; readonly name: string; readonly plan: Plan },
    options: KeyedCallerOptions<F>,
  ) {
    const { timeout, idempotent, maxBytes, interval, timers } = callingSettings(options, contract);
    const { maxKeys = 10_000 } = options;
    checkAmount(maxKeys, "maxKeys", "a number of keys");
    this.name = name;
    this.#fabric = fabric;
    this.#plan = plan;
    this.#timeout = timeout;
    this.#timers = timers;
    this.#known = new KnownKeys(maxKeys);
    this.#idempotent = idempotent;
    this.#names = [...contract.functions.keys()];
    this.#payloads = new Payloads(fabric, { maxBytes, timers });
    this.#sender = new Sender(fabric, { contract, name, maxBytes, idempotent: new Set<string>(), timers });
    const caller = randomName();
    const record = (): CallerReport => ({
      ...{ caller, at: Date.now(), interval, revision: this.#plan.revision },
      versions: Object.fromEntries([...this.#reports.measures].map(([each, { tally }]) => [each, tally])),
    });
    const key = callerKey(name, caller);
    this.#reports = new Reports(fabric, { key, interval, timers, record, onFault: this.#notices.fault });
  }

  async open(): Promise<void> {
    const key = planKey(this.name);
    await this.#sender.functionsOf(this.#plan.split[0]!.version);
    this.#watching = await this.#fabric.kv.watch(key, (change) => {
      if (change.key !== key || "deleted" in change) return;
      try {
        this.#plan = readPlan(change, this.name);
        this.#reports.follow(this.#plan);
      } catch (error) {
        this.#notices.fault(error);
      }
    });
    this.#members = await Members.watch(this.#fabric, this.name, { onFault: this.#notices.fault });
  }

  of(key: string, patience?: Patience): Keyed<F> {
    checkKey(key);
    if (patience !== undefined) checkPatience(patience);
    return keyed(this.#names, (called, args) => this.#dial(key, called, args, patience));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#watching?.stop();
    this.#members?.stop();
    await this.#reports.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #dial(
    key: string,
    called: string,
    args: readonly unknown[],
    { timeout = this.#timeout, signal }: Patience = {},
  ): Promise<unknown> {
    const could = `could not call ${this.name}.${called} for ${JSON.stringify(key)}`;
    if (this.#closed) throw new PluginError("closed", `${could}: its caller was closed; it was not called`);
    if (signal?.aborted) throw givenUp(could, false);
    const began = this.#timers.now();
    const calling = { could, due: began + timeout };
    const outgoing = this.#payloads.outgoing(calling);
    const why = "no node hosts it";
    try {
      return await this.#dialled({ ...calling, key, called, args, began, timeout, signal, outgoing, why });
    } finally {
      await outgoing.end();
    }
  }

  async #dialled(one: Dialled): Promise<unknown> {
    for (let pause = 0; ; ) {
      const left = one.due - this.#timers.now();
      if (left <= 0) throw this.#late(one);
      const tried = await this.#tried(one, left);
      if ("answer" in tried) return tried.answer;
      // The first time a key has moved, it is called there at once.
      if (tried.moved && pause === 0) {
        pause = PAUSE;
        continue;
      }
      pause = Math.min(LONGEST_PAUSE, Math.max(PAUSE, pause * 2));
      await this.#pause(Math.min(pause, Math.max(1, one.due - this.#timers.now())));
    }
  }

  /** @throws PluginError for what is not tried again */
  async #tried(one: Dialled, left: number): Promise<Tried> {
    const { key, called, args } = one;
    const known = this.#known.get(key);
    const node = this.#nodeOf(key, known?.node);
    const version = known?.version ?? pick(this.#plan, key);
    if (one.signal?.aborted) throw givenUp(one.could, one.failed !== undefined);
    if (node === undefined) return { moved: false };
    try {
      const function_ = (await this.#sender.functionsOf(version)).get(called)!;
      // One of several tries may not take the time of the others.
      const time = this.#idempotent.has(called) ? Math.min(left, one.timeout / 4) : left;
      const said = await this.#ask(
        node,
        { do: "call", key, version },
        { one, frame: function_.frame(args), time },
      );
      if (said.head.is !== "answered") return { moved: this.#told(one, said.head, { node, version }) };
      const answer = function_.answer(said.bytes);
      this.#known.set(key, { node, version });
      this.#count(one, version);
      // A version that cannot have a key's state has failed, too: a rollout to it should not go on.
      if (said.head.refused === pick(this.#plan, key)) this.#count(one, said.head.refused, REFUSED);
      return { answer };
    } catch (error) {
      this.#missed(one, error, version);
      return { moved: false };
    }
  }

  /** Remembers where a node says that a key is. @returns whether that is elsewhere */
  #told(one: Dialled, head: Exclude<Said, { readonly is: "answered" }>, { node, version }: Place): boolean {
    if (head.is === "version") {
      this.#known.set(one.key, { node, version: head.version });
      return version !== head.version;
    }
    if (head.is !== "elsewhere") return false;
    this.#known.set(one.key, { node: head.node, version });
    one.why = "nobody has it";
    return head.node !== undefined && head.node !== node;
  }

  /** @throws PluginError for what is not tried again */
  #missed(one: Dialled, error: unknown, version: string): void {
    if (error instanceof Unserved) {
      one.why = "the node that had it does not answer";
      this.#known.delete(one.key);
      return;
    }
    if (one.signal?.aborted) throw givenUp(one.could, true);
    if (!this.#isPassing(error, one.called)) {
      const own = this.#ownError(error, one);
      this.#count(one, version, own);
      throw own;
    }
    this.#known.delete(one.key);
    if (!one.failed || !isFull(error)) one.failed = error;
  }

  /** Its time is up. */
  #late(one: Dialled): unknown {
    const { key, could, timeout, why, failed } = one;
    const where = `${why} in ${this.#fabric.shown} for ${timeout} ms (timeout)`;
    const error = failed
      ? this.#ownError(failed, one)
      : new PluginError("unavailable", `${could}: ${where}; it was not called`);
    this.#count(one, this.#known.get(key)?.version ?? pick(this.#plan, key), error);
    return error;
  }

  #count({ began }: Dialled, version: string, error?: unknown): void {
    this.#reports.record(version, this.#timers.now() - began, error);
  }

  /** @param last where the key was: not asked any more where it is gone */
  #nodeOf(key: string, last: string | undefined): string | undefined {
    const members = this.#members!;
    if (last !== undefined && !members.isGone(last)) return last;
    // Where nobody is there, it is the fabric that is away.
    return members.placeOf(key) ?? last;
  }

  async #ask(node: string, asked: Asked, { one, frame, time }: Sent) {
    const message = await one.outgoing.message(frame, parcel(asked));
    const { signal } = one;
    const answer = await this.#fabric.call(nodeSubject(this.name, node), message, { timeout: time, signal });
    return readParcel(saidSchema, await this.#payloads.received(answer, one), "what a node says");
  }

  /** Whether the call may be sent again: nothing ran, or it does no harm. */
  #isPassing(error: unknown, called: string): boolean {
    if (!(error instanceof PluginError)) return false;
    return isFull(error) || (this.#idempotent.has(called) && PASSING.has(error.code));
  }

  /** In the words of the call: a fabric knows subjects alone. */
  #ownError(error: unknown, { could, timeout }: Dialled): unknown {
    if (error instanceof NotThere) return error.error;
    const own = error instanceof PluginError && error.rawMessage.startsWith(`could not call ${this.name}`);
    if (own || !(error instanceof PluginError) || error.code !== "deadline") return error;
    const why = `its node did not answer within ${timeout} ms (timeout)`;
    return new PluginError("deadline", `${could}: ${why}; it may have been called`, { cause: error });
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise(
      (resolve) => void after(milliseconds, resolve, { name: "pause", timers: this.#timers }),
    );
  }
}

/** With that error nothing ran. */
function isFull(error: unknown): boolean {
  return error instanceof PluginError && error.code === "queue-full";
}
