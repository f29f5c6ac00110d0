/** A caller of keyed instances: it knows which node has a key, or asks the one it belongs to. */
import { type Contract, checkContract, type Functions } from "../contract/contract.ts";
import { PluginError } from "../errors.ts";
import { type Fabric, Unserved, type Watching } from "../fabric/fabric.ts";
import { type Calling, type Outgoing, Payloads } from "../fabric/payloads.ts";
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
import { NotThere, Sender } from "../release/sender.ts";
import { after, type Timers } from "../timer.ts";
import { checkKey, nodeSubject } from "./address.ts";
import type { KeyedCaller, KeyedCallerOptions } from "./caller-options.ts";
import { Members } from "./members.ts";
import { parcel, readParcel } from "./parcel.ts";
import { Reports } from "./reports.ts";
import { type Asked, saidSchema } from "./said.ts";

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

/** What is remembered of a key. */
interface Known {
  readonly node?: string | undefined;
  readonly version?: string | undefined;
}

/** A call. */
interface Dialled {
  readonly key: string;
  readonly called: string;
  readonly args: readonly unknown[];
  readonly began: number;
  readonly calling: Calling;
  readonly outgoing: Outgoing;
}
type Asking = Pick<Dialled, "calling" | "outgoing"> & { readonly asked: Asked; readonly frame: Uint8Array };

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
  readonly #maxKeys: number;
  readonly #reports: Reports;
  readonly #known = new Map<string, Known>();
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
    this.#maxKeys = maxKeys;
    this.#idempotent = idempotent;
    this.#names = [...contract.functions.keys()];
    this.#payloads = new Payloads(fabric, { maxBytes, timers });
    const sending = { contract, name, timeout, maxBytes, idempotent: new Set<string>(), timers };
    this.#sender = new Sender(fabric, sending);
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

  of(key: string): Keyed<F> {
    checkKey(key);
    return keyed(this.#names, (called, args) => this.#dial(key, called, args));
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

  async #dial(key: string, called: string, args: readonly unknown[]): Promise<unknown> {
    const could = `could not call ${this.name}.${called} for ${JSON.stringify(key)}`;
    if (this.#closed) throw new PluginError("closed", `${could}: its caller was closed; it was not called`);
    const began = this.#timers.now();
    const calling = { could, due: began + this.#timeout };
    const outgoing = this.#payloads.outgoing(calling);
    try {
      return await this.#dialled({ key, called, args, began, calling, outgoing });
    } finally {
      await outgoing.end();
    }
  }

  async #dialled({ key, called, args, began, calling, outgoing }: Dialled): Promise<unknown> {
    const { could, due } = calling;
    const count = (version: string, error?: unknown) =>
      this.#reports.record(version, this.#timers.now() - began, error);
    let why = "no node hosts it";
    /** Of a try that was repeated: nobody says then that nothing ran. */
    let failed: unknown;
    for (let pause = 0; ; ) {
      const left = due - this.#timers.now();
      if (left <= 0) {
        const where = `${why} in ${this.#fabric.shown} for ${this.#timeout} ms (timeout)`;
        const error = failed
          ? this.#ownError(failed, could)
          : new PluginError("unavailable", `${could}: ${where}; it was not called`);
        count(this.#known.get(key)?.version ?? pick(this.#plan, key), error);
        throw error;
      }
      const known = this.#known.get(key);
      const node = this.#nodeOf(key, known?.node);
      const version = known?.version ?? pick(this.#plan, key);
      let moved = false;
      if (node !== undefined) {
        try {
          const function_ = (await this.#sender.functionsOf(version)).get(called)!;
          // One of several tries may not take the time of the others.
          const time = this.#idempotent.has(called) ? Math.min(left, this.#timeout / 4) : left;
          const asked = { do: "call", key, version } as const;
          const said = await this.#ask(
            node,
            { asked, frame: function_.frame(args), outgoing, calling },
            time,
          );
          if (said.head.is === "answered") {
            const answer = function_.answer(said.bytes);
            this.#remember(key, { node, version });
            count(version);
            // A version that cannot have a key's state has failed, too: a rollout to it should not go on.
            if (said.head.refused === pick(this.#plan, key)) count(said.head.refused, REFUSED);
            return answer;
          }
          if (said.head.is === "version") {
            this.#remember(key, { node, version: said.head.version });
            moved = version !== said.head.version;
          } else if (said.head.is === "elsewhere") {
            const next = said.head.node;
            this.#remember(key, { node: next, version });
            moved = next !== undefined && next !== node;
            why = "nobody has it";
          }
        } catch (error) {
          if (error instanceof Unserved) {
            why = "the node that had it does not answer";
            this.#known.delete(key);
          } else if (!this.#isPassing(error, called)) {
            const own = this.#ownError(error, could);
            count(version, own);
            throw own;
          } else {
            this.#known.delete(key);
            if (!failed || !isFull(error)) failed = error;
          }
        }
      }
      // The first time a key has moved, it is called there at once.
      if (moved && pause === 0) {
        pause = PAUSE;
        continue;
      }
      pause = Math.min(LONGEST_PAUSE, Math.max(PAUSE, pause * 2));
      await this.#pause(Math.min(pause, Math.max(1, due - this.#timers.now())));
    }
  }

  /** @param last where the key was: not asked any more where it is gone */
  #nodeOf(key: string, last: string | undefined): string | undefined {
    const members = this.#members!;
    if (last !== undefined && !members.isGone(last)) return last;
    // Where nobody is there, it is the fabric that is away.
    return members.placeOf(key) ?? last;
  }

  async #ask(node: string, { asked, frame, outgoing, calling }: Asking, timeout: number) {
    const message = await outgoing.message(frame, parcel(asked));
    const answer = await this.#fabric.call(nodeSubject(this.name, node), message, { timeout });
    const bytes = await this.#payloads.received(answer, calling);
    return readParcel(saidSchema, bytes, "what a node says");
  }

  /** Whether the call may be sent again: nothing ran, or it does no harm. */
  #isPassing(error: unknown, called: string): boolean {
    if (!(error instanceof PluginError)) return false;
    return isFull(error) || (this.#idempotent.has(called) && PASSING.has(error.code));
  }

  /** In the words of the call: a fabric knows subjects alone. */
  #ownError(error: unknown, could: string): unknown {
    if (error instanceof NotThere) return error.error;
    const own = error instanceof PluginError && error.rawMessage.startsWith(`could not call ${this.name}`);
    if (own || !(error instanceof PluginError) || error.code !== "deadline") return error;
    const why = `its node did not answer within ${this.#timeout} ms (timeout)`;
    return new PluginError("deadline", `${could}: ${why}; it may have been called`, { cause: error });
  }

  /** The key that was called longest ago is forgotten. */
  #remember(key: string, known: Known): void {
    this.#known.delete(key);
    this.#known.set(key, known);
    if (this.#known.size > this.#maxKeys) this.#known.delete(this.#known.keys().next().value!);
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
