/** The version that each key is at, as the plan of a plugin has it, and loading it with the key's state. */
import { PluginError } from "../errors.ts";
import type { Fabric } from "../fabric/fabric.ts";
import type { LoadOptions } from "../load-options.ts";
import type { Plugin } from "../plugin.ts";
import type { Loader } from "../release/hosted.ts";
import { pick } from "../release/pick.ts";
import type { Plan } from "../release/plan.ts";
import { type Release, releaseOf } from "../release/release.ts";

/** The options of `load` that a node of keyed instances may set. */
export type KeyedLoadOptions = Pick<
  LoadOptions,
  | "abi"
  | "grant"
  | "isolation"
  | "limits"
  | "lock"
  | "maxJournalBytes"
  | "maxStateBytes"
  | "maxValueBytes"
  | "maxWaitingBytes"
  | "trust"
>;

export interface VersionsOptions {
  readonly name: string;
  readonly optionsOf: (release: Release) => KeyedLoadOptions;
  readonly loader: Loader;
  readonly onFault: (error: unknown) => void;
}

interface Module {
  readonly release: Release;
  readonly bytes: Uint8Array;
}

/** Versions whose bytes are kept: the oldest are read again. */
const KEPT = 4;

export class Versions {
  plan: Plan | undefined;
  readonly #fabric: Fabric;
  readonly #options: VersionsOptions;
  readonly #modules = new Map<string, Promise<Module>>();

  constructor(fabric: Fabric, options: VersionsOptions) {
    this.#fabric = fabric;
    this.#options = options;
  }

  /** @throws PluginError `not-found` */
  wanted(key: string): string {
    const { name } = this.#options;
    if (this.plan) return pick(this.plan, key);
    const why = `it has no plan in ${this.#fabric.shown}; publish a version, and roll it out`;
    throw new PluginError("not-found", `could not host a key of ${name}: ${why}`);
  }

  /**
   * Loads the wanted version with the state; where that one cannot take it, the version whose state it is.
   *
   * @param own the version whose state it is
   * @returns `refused` is the wanted version, where that one cannot
   * @throws PluginError those of `load`
   */
  async loadFor(
    key: string,
    own?: string,
    state?: Uint8Array,
  ): Promise<{ readonly plugin: Plugin; readonly refused?: string }> {
    const wanted = this.wanted(key);
    try {
      return { plugin: await this.load(wanted, state) };
    } catch (error) {
      if (own === undefined || own === wanted) throw error;
      this.#options.onFault(error);
      return { plugin: await this.load(own, state), refused: wanted };
    }
  }

  /** @throws PluginError those of `load`; `no-state` for a plugin that keeps none */
  async load(version: string, state?: Uint8Array): Promise<Plugin> {
    const { name, optionsOf, loader } = this.#options;
    const { release, bytes } = await this.#moduleOf(version);
    if (release.state === undefined) {
      const why = "it declares no state; hostReleases is for such plugins";
      throw new PluginError("no-state", `could not host a key of ${name} ${version}: ${why}`);
    }
    // After a trap the calls before it are there again: they were not saved yet.
    return loader(bytes, { ...optionsOf(release), afterTrap: "restart", ...(state && { state }) });
  }

  #moduleOf(version: string): Promise<Module> {
    const known = this.#modules.get(version);
    if (known) return known;
    const asked = this.#read(version);
    this.#modules.set(version, asked);
    asked.catch(() => this.#modules.delete(version));
    const [oldest] = this.#modules.keys();
    if (this.#modules.size > KEPT) this.#modules.delete(oldest!);
    return asked;
  }

  async #read(version: string): Promise<Module> {
    const fabric = this.#fabric;
    const { name } = this.#options;
    const missing = (why: string) =>
      new PluginError("not-found", `could not host a key of ${name} ${version}: ${why} in ${fabric.shown}`);
    const release = await releaseOf(fabric, name, version);
    if (!release) throw missing("it was not published");
    // The fabric checks that they are those of the digest.
    const bytes = await fabric.blobs.get(release.digest);
    if (!bytes) throw missing("its bytes are not");
    return { release, bytes };
  }
}
