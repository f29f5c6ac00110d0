/** A node of keyed instances: it claims keys, answers their calls, and hands them over when nodes come and go. */
import { PluginError, reason } from "../errors.ts";
import type { Fabric, Message, Serving, Watching } from "../fabric/fabric.ts";
import { Payloads } from "../fabric/payloads.ts";
import { load } from "../load.ts";
import { checkAmount, misfit, optionsOf } from "../option.ts";
import { randomName } from "../random-name.ts";
import { planKey } from "../release/address.ts";
import { Beat } from "../release/beat.ts";
import { problemFrame } from "../release/frame.ts";
import type { Loader } from "../release/hosted.ts";
import { checkInterval, ENGINE } from "../release/intervals.ts";
import { Notices } from "../release/notices.ts";
import { readPlan } from "../release/plans.ts";
import { recordBytes } from "../release/record.ts";
import { problemOf } from "../remote/problem.ts";
import { after, checkTime } from "../timer.ts";
import { Account, type KeyedNode } from "./account.ts";
import { beatKey, checkKey, memberKey, nodeSubject } from "./address.ts";
import { Balance } from "./balance.ts";
import { Held } from "./held.ts";
import type { KeyedHost, KeyedHostEvents, KeyedHostOptions } from "./host-options.ts";
import { Hosting } from "./hosting.ts";
import { Instance } from "./instance.ts";
import { Members } from "./members.ts";
import { Neighbours } from "./neighbours.ts";
import { parcel, readParcel } from "./parcel.ts";
import { askedSchema, type Member, type Said } from "./said.ts";
import { Versions } from "./versions.ts";

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
  return openKeyed(fabric, name, optionsOf(options, "hostKeyed"), load);
}

/** The same with plugins that are made otherwise, for simulations. */
export async function openKeyed(
  fabric: Fabric,
  name: string,
  options: KeyedHostOptions,
  loader: Loader,
): Promise<KeyedHost> {
  const host = new Host(fabric, name, options, loader);
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
  readonly #notices = new Notices<KeyedHostEvents>("a node", ["claim", "end", "fault"]);
  readonly on = this.#notices.on;
  readonly #payloads: Payloads;
  readonly #versions: Versions;
  readonly #account = new Account();
  readonly #beat: Beat;
  readonly #held: Held;
  readonly #hosting: Hosting;
  #members: Members | undefined;
  #watching: Watching | undefined;
  #serving: Serving | undefined;
  #balance: Balance | undefined;
  #neighbours: Neighbours | undefined;
  /** It said that it is there, and has not heard of itself: until the next tick, once is enough. */
  #joining = false;
  #pending = 0;
  #clear = () => {};
  #closing: Promise<void> | undefined;

  constructor(fabric: Fabric, name: string, options: KeyedHostOptions, loader: Loader) {
    const { load: given = {}, interval = 1_000, idle = 60_000, drain = 10_000, timers = ENGINE } = options;
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
    this.#payloads = new Payloads(fabric, { maxBytes, timers });
    const optionsOf = typeof given === "function" ? given : () => given;
    this.#versions = new Versions(fabric, { name, optionsOf, loader, onFault: this.#notices.fault });
    const hosting = { name, node: this.node, interval, timers, versions: this.#versions };
    this.#hosting = new Hosting(fabric, { ...hosting, onFault: this.#notices.fault });
    this.#held = new Held(fabric, {
      name,
      node: this.node,
      versions: this.#versions,
      maxInstances,
      maxCalls,
      maxBytes,
      now: timers.now,
      lives: (node) => this.#lives(node),
      onClaim: (key, from, given) => {
        this.#balance?.claimed(key);
        if (given) this.#account.count("came");
        else if (from !== undefined && from !== this.node) this.#account.count("taken");
        this.#notices.emit("claim", { key, ...(from !== undefined && { from }) });
      },
      onEnd: (key) => this.#notices.emit("end", { key }),
      onEpoch: () => this.#account.count("epochs"),
      onCall: (...call) => {
        this.#hosting.record(...call);
        this.#account.record(...call);
      },
      onFault: this.#notices.fault,
    });
    const beat = { key: beatKey(name, this.node), interval, timers, record: () => this.#report() };
    this.#beat = new Beat(fabric, { ...beat, onFault: this.#notices.fault });
  }

  #report(): KeyedNode {
    const own = { node: this.node, name: this.#name, at: Date.now(), interval: this.#settings.interval };
    return { ...own, ...this.#account.report(this.#held.instances) };
  }

  get keys(): readonly string[] {
    return this.#held.keys;
  }

  async open(): Promise<void> {
    const key = planKey(this.#name);
    this.#watching = await this.#fabric.kv.watch(key, (change) => {
      // Without a plan, or with one that cannot be read, the last one holds.
      if (change.key !== key || "deleted" in change) return;
      try {
        const plan = readPlan(change, this.#name);
        this.#versions.plan = plan;
        this.#hosting.follow(plan);
        this.#held.upgrade();
      } catch (error) {
        this.#notices.fault(error);
      }
    });
    const onChange = () => void this.#look().catch(this.#notices.fault);
    this.#members = await Members.watch(this.#fabric, this.#name, { onChange, onFault: this.#notices.fault });
    const beside = { name: this.#name, node: this.node, onFault: this.#notices.fault, ...this.#settings };
    this.#neighbours = new Neighbours(this.#fabric, this.#members, beside);
    this.#balance = new Balance(this.#fabric, this.#members, this.#held, {
      ...beside,
      isClosing: () => this.#closing !== undefined,
      onGone: () => this.#account.count("went"),
    });
    this.#serving = await this.#fabric.serve(nodeSubject(this.#name, this.node), (...given) =>
      this.#take(...given),
    );
    await this.#beat.now();
    await this.#say();
    this.#tick();
  }

  close(): Promise<void> {
    this.#closing ??= Promise.resolve().then(() => this.#close());
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Looks whether others took it for gone, and gives what belongs elsewhere. */
  async #look(): Promise<void> {
    if (this.#members?.isGone(this.node) && !this.#closing && !this.#joining) {
      this.#joining = true;
      await this.#held.check();
      await this.#say();
    }
    await this.#balance?.look();
  }

  /** That it is there, and whether it leaves. */
  async #say(): Promise<void> {
    const { interval } = this.#settings;
    const member: Member = { node: this.node, interval, leaving: this.#closing !== undefined };
    await this.#fabric.kv.put(memberKey(this.#name, this.node), recordBytes(member));
  }

  /** Whether a key may not be taken from a node: in doubt it lives. */
  async #lives(node: string): Promise<boolean> {
    const members = this.#members!;
    if (members.of(node)) return true;
    if (members.isGone(node)) return false;
    // One that has just come may have claimed a key before its coming was told here.
    return (await this.#fabric.kv.get(memberKey(this.#name, node))) !== undefined;
  }

  /** Answers a message. */
  async #take(message: Message, signal: AbortSignal): Promise<Message> {
    const taking = { could: `could not call ${this.#name}`, signal };
    try {
      return await this.#payloads.taken(message, taking, (sent) => this.#answer(sent));
    } catch (error) {
      const frame = problemFrame(problemOf(this.#ownError(error)));
      return { bytes: parcel({ is: "answered" } satisfies Said, frame) };
    }
  }

  async #answer(sent: Uint8Array): Promise<Uint8Array> {
    const { head, bytes } = readParcel(askedSchema, sent, "what a node is asked");
    checkKey(head.key);
    if (head.do === "call") return this.#call(head, bytes);
    const found = await this.#held.of(head.key, head);
    return parcel({ is: found instanceof Instance ? "taken" : "refused" } satisfies Said);
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
      return found instanceof Instance ? await found.call(head.version, frame) : parcel(found);
    } finally {
      this.#pending--;
    }
  }

  /** Looks again and again for keys that belong elsewhere now, and for those that nobody calls. */
  #tick(): void {
    const { interval, timers, idle } = this.#settings;
    const again = () => {
      if (this.#closing) return;
      const now = timers.now();
      for (const each of this.#held.instances) if (now - each.used >= idle) void each.release(true);
      this.#joining = false;
      void this.#look().catch(this.#notices.fault);
      void this.#neighbours!.look().catch(this.#notices.fault);
      this.#tick();
    };
    this.#clear = after(interval, again, { name: "interval", unref: true, timers });
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
    if (this.#serving) await this.#say().catch(this.#notices.fault);
    const released = this.#held.release();
    let clear = () => {};
    const late = new Promise<void>((resolve) => {
      clear = after(drain, resolve, { name: "drain", timers });
    });
    await Promise.race([released.then(() => this.#serving?.drain()), late]).catch(this.#notices.fault);
    clear();
    this.#members?.stop();
    if (this.#serving)
      await this.#fabric.kv.delete(memberKey(this.#name, this.node)).catch(this.#notices.fault);
    await Promise.all([this.#hosting.end(), this.#beat.end()]);
  }
}
