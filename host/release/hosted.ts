/** One version on a node: loaded from the fabric's blobs, served, drained and closed. */
import { PluginError, reason } from "../errors.ts";
import type { Fabric, Handler, Serving } from "../fabric/fabric.ts";
import { Payloads } from "../fabric/payloads.ts";
import type { LoadOptions } from "../load-options.ts";
import type { Plugin } from "../plugin.ts";
import { Measures } from "../remote/measures.ts";
import { problemOf } from "../remote/problem.ts";
import { Service, type ServiceOptions } from "../remote/service.ts";
import { after, type Timers } from "../timer.ts";
import { instanceSubject, versionSubject } from "./address.ts";
import { answerFrame, problemFrame, readCall } from "./frame.ts";
import { Mirrored } from "./mirrored.ts";
import { type Release, releaseOf } from "./release.ts";
import type { HostedVersion, Status } from "./reports.ts";

/** The options of `load` that a node may set. */
export type HostedOptions = Pick<
  LoadOptions,
  | "abi"
  | "afterTrap"
  | "grant"
  | "instances"
  | "isolation"
  | "limits"
  | "lock"
  | "maxJournalBytes"
  | "maxStateBytes"
  | "maxValueBytes"
  | "maxWaitingBytes"
  | "queue"
  | "store"
  | "trust"
>;

/** Makes a plugin of a module: `load`, but for simulations. */
export type Loader = (bytes: Uint8Array, options: LoadOptions) => Promise<Plugin>;

export interface HostingOptions extends ServiceOptions {
  readonly node: string;
  readonly optionsOf: (release: Release) => HostedOptions;
  readonly loader: Loader;
  /** Milliseconds that calls under way may take to end. */
  readonly drain: number;
  readonly timers: Timers;
  readonly onChange: () => void;
  readonly onFault: (error: unknown) => void;
}

/** Milliseconds before a version that could not be loaded is tried again: each time twice as many. */
const [AGAIN, LONGEST] = [1_000, 60_000];
/** Characters of a reason. */
const MOST = 1_000;

export class Hosted {
  readonly name: string;
  readonly version: string;
  readonly measures = new Measures();
  /** Where the plan no longer names it: what its callers have to know before it ends, and when it ends anyway. */
  leaving: { readonly revision: number; readonly until: number } | undefined;
  readonly #fabric: Fabric;
  readonly #options: HostingOptions;
  readonly #payloads: Payloads;
  #status: Status = "loading";
  #why: string | undefined;
  #plugin: Plugin | undefined;
  #service: Service | undefined;
  #servings: Serving[] = [];
  /** The version that runs its calls, too. */
  #mirror: string | undefined;
  #mirrored: Mirrored | undefined;
  #again = () => {};
  #tries = 0;
  /** What is under way, one after the other. */
  #work: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | undefined;

  constructor(fabric: Fabric, { name, version }: Pick<Release, "name" | "version">, options: HostingOptions) {
    this.#fabric = fabric;
    this.name = name;
    this.version = version;
    this.#options = options;
    this.#payloads = new Payloads(fabric, options);
  }

  get report(): HostedVersion {
    const { name, version } = this;
    const why = this.#why;
    const mirror = this.#mirrored?.compared;
    const { measured } = this.measures;
    return { name, version, status: this.#status, ...(why && { why }), measured, ...(mirror && { mirror }) };
  }

  /** @param version that runs its calls from now on, and answers none; nothing for none */
  mirror(version: string | undefined): void {
    this.#mirror = version;
    if (this.#mirrored?.version === version) return;
    this.#mirrored?.end();
    this.#mirrored = undefined;
    const plugin = this.#plugin;
    if (version === undefined || !plugin || this.#status !== "serving") return;
    const { timers, onFault } = this.#options;
    this.#mirrored = new Mirrored(this.#fabric, plugin, { version, timers, onFault });
  }

  /** Whether it was told to stop: a plan that names it again gets another one. */
  get ending(): boolean {
    return this.#stopping !== undefined;
  }

  start(): void {
    this.#work = this.#work.then(() => this.#start());
  }

  /** Takes no more calls, answers those that it took, and closes the plugin. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #start(): Promise<void> {
    if (this.#stopping) return;
    this.#set("loading");
    try {
      await this.#open();
      // It may have been told to stop while it was loaded.
      if (this.#stopping) return;
      this.#set("serving");
      this.mirror(this.#mirror);
    } catch (error) {
      await this.#letGo();
      this.#options.onFault(error);
      if (this.#stopping) return;
      this.#set("failed", reason(error));
      const wait = Math.min(LONGEST, AGAIN * 2 ** this.#tries++);
      const { timers } = this.#options;
      this.#again = after(wait, () => this.start(), { name: "again", unref: true, timers });
    }
  }

  async #open(): Promise<void> {
    const { name, version } = this;
    const { node, optionsOf, loader } = this.#options;
    const fabric = this.#fabric;
    const could = `could not host ${name} ${version}`;
    const release = await releaseOf(fabric, name, version);
    if (!release) throw new PluginError("not-found", `${could}: it was not published in ${fabric.shown}`);
    const bytes = await fabric.blobs.get(release.digest);
    if (!bytes) throw new PluginError("not-found", `${could}: its bytes are not in ${fabric.shown}`);
    const { digest: integrity } = release;
    const given = { isolation: "worker", afterTrap: "restart", ...optionsOf(release) } as const;
    const plugin = await loader(bytes, { ...given, integrity });
    this.#plugin = plugin;
    if (plugin.name !== name || plugin.version !== version)
      throw new PluginError("integrity", `${could}: its bytes are ${plugin.name} ${plugin.version}`);
    this.#service = new Service(plugin, this.#options);
    for (const subject of [versionSubject(name, version), instanceSubject(node, name, version)])
      this.#servings.push(await fabric.serve(subject, this.#handler(this.#service)));
  }

  #handler(service: Service): Handler {
    const { timers } = this.#options;
    return async (message, signal) => {
      const began = timers.now();
      const taking = { could: `could not call ${this.name}`, signal };
      try {
        return await this.#payloads.taken(message, taking, async (frame) => {
          const { name, bytes } = readCall(frame);
          const outcome = await service.callInBytes(name, bytes, { signal });
          this.measures.record(timers.now() - began, "err" in outcome ? outcome.error : undefined);
          return "err" in outcome ? answerFrame("err", outcome.err) : answerFrame("answer", outcome.answer);
        });
      } catch (error) {
        this.measures.record(timers.now() - began, error);
        return { bytes: problemFrame(problemOf(ownError(error, `${this.name} ${this.version}`))) };
      }
    };
  }

  async #stop(): Promise<void> {
    this.#again();
    this.#set("draining");
    await this.#work;
    await this.#letGo();
  }

  async #letGo(): Promise<void> {
    const { drain, timers, onFault } = this.#options;
    const servings = this.#servings.splice(0);
    const service = this.#service;
    // What was taken is answered: it is refused no more.
    const ended = Promise.all(servings.map((each) => each.drain())).then(() => service?.end());
    let clear = () => {};
    const late = new Promise<void>((resolve) => {
      clear = after(drain, resolve, { name: "drain", timers });
    });
    await Promise.race([ended, late]).catch(onFault);
    clear();
    this.#service = undefined;
    this.#mirrored?.end();
    this.#mirrored = undefined;
    const plugin = this.#plugin;
    this.#plugin = undefined;
    await plugin?.close({ drain: 0 }).catch(onFault);
  }

  #set(status: Status, why?: string): void {
    if (status === "serving") this.#tries = 0;
    this.#status = status;
    this.#why = why?.slice(0, MOST);
    this.#options.onChange();
  }
}

function ownError(error: unknown, what: string): PluginError {
  if (error instanceof PluginError) return error;
  return new PluginError("internal", `could not call ${what}: ${reason(error)}`, { cause: error });
}
