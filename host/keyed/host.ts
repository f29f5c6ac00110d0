/** A node of keyed instances: it claims keys, answers their calls, and hands them over when nodes come and go. */
import { PluginError, reason } from "../errors.ts";
import { Events, report } from "../events.ts";
import type { Fabric, Message, Serving, Watching } from "../fabric/fabric.ts";
import { checkAmount, misfit, optionsOf } from "../option.ts";
import { randomName } from "../random-name.ts";
import { planKey } from "../release/address.ts";
import { Beat } from "../release/beat.ts";
import { problemFrame, readAnswer } from "../release/frame.ts";
import { checkInterval, ENGINE } from "../release/intervals.ts";
import { readPlan } from "../release/plans.ts";
import { problemOf } from "../remote/problem.ts";
import { after, checkTime } from "../timer.ts";
import { checkKey, nodeSubject, nodesPrefix } from "./address.ts";
import { Held } from "./held.ts";
import type { KeyedHost, KeyedHostEvents, KeyedHostOptions } from "./host-options.ts";
import { Instance, type Taken } from "./instance.ts";
import { Judge } from "./judge.ts";
import { Members } from "./members.ts";
import { parcel, readParcel } from "./parcel.ts";
import { type Asked, askedSchema, type Member, type Said, saidSchema } from "./said.ts";
import { Stay } from "./stay.ts";
import { Versions } from "./versions.ts";

const EVENTS = ["claim", "end", "fault"];
/** Milliseconds in which another node has to have taken a key. */
const TAKE = 5_000;

/**
 * Hosts the keys of a plugin: one instance for each, on one node at a time, its state in the fabric.
 *
 * @throws PluginError `argument`; those of the fabric
 * @example const host = await hostKeyed(fabric, "room");
 */
export async function hostKeyed(
  fabric: Fabric,
  name: string,
  options?: KeyedHostOptions,
): Promise<KeyedHost> {
  if (typeof name !== "string" || name === "") throw misfit(name, "the name", "the name of a plugin");
  const host = new Host(fabric, name, optionsOf(options, "hostKeyed"));
  try {
    await host.open();
  } catch (error) {
    await host.close();
    throw error;
  }
  return host;
}

type Settings = Required<Omit<KeyedHostOptions, "load">>;

class Host implements KeyedHost {
  readonly node = randomName();
  readonly #fabric: Fabric;
  readonly #name: string;
  readonly #settings: Settings;
  readonly #events = new Events<KeyedHostEvents>();
  readonly #versions: Versions;
  readonly #beat: Beat;
  readonly #held: Held;
  #members: Members | undefined;
  #watching: Watching | undefined;
  #serving: Serving | undefined;
  /** Those that keys were last handed over to. */
  #nodes: readonly string[] | undefined;
  #balancing = false;
  #judge: Judge | undefined;
  #pending = 0;
  #clear = () => {};
  #closing: Promise<void> | undefined;

  constructor(fabric: Fabric, name: string, options: KeyedHostOptions) {
    const { load = {}, interval = 1_000, idle = 60_000, drain = 10_000, timers = ENGINE } = options;
    const { maxInstances = 1_000, maxCalls = 1_000, maxBytes = 2 ** 24, moves = 4 } = options;
    checkInterval(interval);
    checkTime(idle, "idle");
    checkTime(drain, "drain");
    checkAmount(maxInstances, "maxInstances", "a number of instances");
    checkAmount(maxCalls, "maxCalls", "a number of calls");
    checkAmount(maxBytes, "maxBytes", "a number of bytes");
    checkAmount(moves, "moves", "a number of keys");
    this.#fabric = fabric;
    this.#name = name;
    this.#settings = { interval, idle, drain, timers, maxInstances, maxCalls, maxBytes, moves };
    const optionsOf = typeof load === "function" ? load : () => load;
    this.#versions = new Versions(fabric, { name, optionsOf, onFault: this.#fault });
    this.#held = new Held(fabric, {
      name,
      node: this.node,
      versions: this.#versions,
      maxInstances,
      maxCalls,
      maxBytes,
      now: timers.now,
      lives: (node) => this.#judge!.lives(node),
      onClaim: (key, from) => this.#events.emit("claim", { key, ...(from !== undefined && { from }) }),
      onEnd: (key) => this.#events.emit("end", { key }),
      onFault: this.#fault,
    });
    const key = `${nodesPrefix(name)}${this.node}`;
    const record = (): Member => ({
      node: this.node,
      interval,
      leaving: this.#closing !== undefined,
      instances: this.#held.size,
    });
    this.#beat = new Beat(fabric, { key, interval, timers, record, onFault: this.#fault });
  }

  get keys(): readonly string[] {
    return this.#held.keys;
  }

  async open(): Promise<void> {
    const { timers, interval } = this.#settings;
    const key = planKey(this.#name);
    this.#watching = await this.#fabric.kv.watch(key, (change) => {
      // Without a plan, or with one that cannot be read, the last one holds.
      if (change.key !== key || "deleted" in change) return;
      try {
        this.#versions.plan = readPlan(change, this.#name);
        this.#upgrade();
      } catch (error) {
        this.#fault(error);
      }
    });
    const onChange = () => {
      const nodes = this.#members?.nodes;
      if (nodes === this.#nodes) return;
      this.#nodes = nodes;
      void this.#balance().catch(this.#fault);
    };
    this.#members = await Members.watch(this.#fabric, this.#name, { timers, onChange, onFault: this.#fault });
    const judging = { name: this.#name, node: this.node, interval, timers };
    this.#judge = new Judge(this.#fabric, this.#members, judging);
    this.#serving = await this.#fabric.serve(nodeSubject(this.#name, this.node), (message) =>
      this.#take(message),
    );
    await this.#beat.now();
    this.#tick();
  }

  on<K extends keyof KeyedHostEvents & string>(
    type: K,
    listener: (event: KeyedHostEvents[K]) => void,
  ): () => void {
    if (!EVENTS.includes(type)) throw misfit(type, "an event of a node", EVENTS.join(", "));
    return this.#events.on(type, listener);
  }

  close(): Promise<void> {
    this.#closing ??= Promise.resolve().then(() => this.#close());
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  readonly #fault = (error: unknown): void => {
    if (!this.#events.emit("fault", error)) report(error);
  };

  /** Answers a message. */
  async #take({ bytes: sent }: Message): Promise<Message> {
    let said: Said;
    let frame: Uint8Array | undefined;
    try {
      const { head, bytes } = readParcel(askedSchema, sent, "what a node is asked");
      checkKey(head.key);
      if (head.do === "call") return { bytes: await this.#call(head, bytes) };
      const found = await this.#held.of(head.key, head);
      said = { is: found instanceof Instance ? "taken" : "refused" };
    } catch (error) {
      said = { is: "answered" };
      frame = problemFrame(problemOf(this.#ownError(error)));
    }
    return { bytes: parcel(said, frame) };
  }

  async #call(
    head: { readonly key: string; readonly version: string },
    frame: Uint8Array,
  ): Promise<Uint8Array> {
    const { maxCalls } = this.#settings;
    if (this.#pending >= maxCalls) {
      const why = `${this.#pending} calls are under way; at most ${maxCalls} may be (maxCalls)`;
      throw new PluginError("queue-full", `could not call ${this.#name}: ${why}; it was not called`);
    }
    this.#pending++;
    try {
      const found = await this.#held.of(head.key);
      const answer = found instanceof Instance ? await found.call(head.version, frame) : parcel(found);
      return this.#fitting(answer);
    } finally {
      this.#pending--;
    }
  }

  /** @throws PluginError `too-large` */
  #fitting(answer: Uint8Array): Uint8Array {
    const { maxMessageBytes, shown } = this.#fabric;
    if (answer.length <= maxMessageBytes) return answer;
    const why = `its answer has ${answer.length} bytes; at most ${maxMessageBytes} cross ${shown}`;
    throw new PluginError("too-large", `could not call ${this.#name}: ${why}; it was called`);
  }

  #upgrade(): void {
    for (const each of this.#held.instances) {
      const wanted = this.#versions.wanted(each.key);
      if (wanted !== each.version) void each.upgrade(wanted, (state) => this.#versions.load(wanted, state));
    }
  }

  /** Looks again and again for keys that belong elsewhere now, and for those that nobody calls. */
  #tick(): void {
    const { interval, timers, idle } = this.#settings;
    const again = () => {
      if (this.#closing) return;
      const now = timers.now();
      for (const each of this.#held.instances) if (now - each.used >= idle) void each.release(true);
      void this.#balance().catch(this.#fault);
      void this.#members!.forget().catch(this.#fault);
      this.#tick();
    };
    this.#clear = after(interval, again, { name: "interval", unref: true, timers });
  }

  /** Hands over the keys that belong to other nodes, some at a time. */
  async #balance(): Promise<void> {
    const members = this.#members!;
    const { interval, timers } = this.#settings;
    // To give what is its own, it need not judge others.
    this.#judge!.look();
    if (this.#balancing || !members.has(this.node)) return;
    this.#balancing = true;
    try {
      const moving = this.#held.instances.values();
      const lane = async () => {
        for (const each of moving) {
          const { nodes } = members;
          if (this.#closing || each.stay?.holds(nodes, timers.now())) continue;
          const node = members.placeOf(each.key);
          if (node === undefined || node === this.node) continue;
          await each.move(node, async () => {
            const taken = await this.#handOver(each, node);
            if (taken === undefined) each.stay = new Stay(each.stay, nodes, timers.now(), interval);
            return taken;
          });
        }
      };
      await Promise.all(Array.from({ length: this.#settings.moves }, lane));
    } finally {
      this.#balancing = false;
    }
  }

  async #handOver({ key, epoch }: Instance, node: string): Promise<Taken> {
    const ask = parcel({ do: "take", key, epoch, from: this.node } satisfies Asked);
    try {
      const { bytes } = await this.#fabric.call(
        nodeSubject(this.#name, node),
        { bytes: ask },
        { timeout: TAKE },
      );
      const { head, bytes: frame } = readParcel(saidSchema, bytes, "what a node says");
      if (head.is === "taken" || head.is === "refused") return head.is;
      // It may have failed before it wrote, or after.
      const answered = readAnswer(frame);
      if (answered.kind === "problem") this.#fault(answered.error);
      return undefined;
    } catch (error) {
      this.#fault(error);
      return undefined;
    }
  }

  #ownError(error: unknown): PluginError {
    if (error instanceof PluginError) return error;
    return new PluginError("internal", `could not call ${this.#name}: ${reason(error)}`, { cause: error });
  }

  async #close(): Promise<void> {
    const { drain, timers } = this.#settings;
    this.#clear();
    this.#watching?.stop();
    // Others see that it leaves, and give it nothing; that it lives, so that they take nothing.
    if (this.#serving) await this.#beat.now();
    const released = this.#held.release();
    let clear = () => {};
    const late = new Promise<void>((resolve) => {
      clear = after(drain, resolve, { name: "drain", timers });
    });
    await Promise.race([released.then(() => this.#serving?.drain()), late]).catch(this.#fault);
    clear();
    this.#members?.stop();
    await this.#beat.end();
  }
}
