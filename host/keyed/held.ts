/** The keys that a node has: their instances, and the claims that are under way. */
import { PluginError } from "../errors.ts";
import type { Fabric } from "../fabric/fabric.ts";
import type { Plugin } from "../plugin.ts";
import { Instance, type InstanceOptions } from "./instance.ts";
import { type Found, recordOf, writeRecord } from "./record.ts";
import type { Asked, Said } from "./said.ts";
import type { Versions } from "./versions.ts";

export interface HeldOptions extends Omit<InstanceOptions, "onEnd"> {
  /** The node's name. */
  readonly node: string;
  readonly maxInstances: number;
  readonly versions: Versions;
  /** Whether a key may not be taken from a node. */
  readonly lives: (node: string) => Promise<boolean>;
  /** @param given whether the node that had it handed it over */
  readonly onClaim: (key: string, from: string | undefined, given: boolean) => void;
  readonly onEnd: (key: string) => void;
}

/** Who hands a key over, and which of its times of having it that is. */
export type Giver = Pick<Extract<Asked, { do: "take" }>, "from" | "epoch">;

/** How often a claim is tried that others write between. */
const TRIES = 4;

export class Held {
  readonly #fabric: Fabric;
  readonly #options: HeldOptions;
  readonly #instances = new Map<string, Instance>();
  readonly #claims = new Map<string, Promise<Instance | Said>>();
  #closing = false;

  constructor(fabric: Fabric, options: HeldOptions) {
    this.#fabric = fabric;
    this.#options = options;
  }

  get keys(): string[] {
    return [...this.#instances.keys()];
  }
  get size(): number {
    return this.#instances.size;
  }

  /** As they are now: what comes or ends meanwhile changes nothing. */
  get instances(): Instance[] {
    return [...this.#instances.values()];
  }

  /** Claims no more, and lets go of all. */
  async release(): Promise<void> {
    this.#closing = true;
    await Promise.allSettled(this.#claims.values());
    await Promise.all(this.instances.map((each) => each.release()));
  }

  /** Lets go of what others have taken. */
  async check(): Promise<void> {
    await Promise.all(this.instances.map((each) => each.check()));
  }

  /** Goes on with the versions that the plan has for the keys now. */
  upgrade(): void {
    for (const each of this.instances) this.#upgrade(each);
  }

  #upgrade(instance: Instance): void {
    const { versions } = this.#options;
    const wanted = versions.wanted(instance.key);
    if (wanted !== instance.version) void instance.upgrade(wanted, (state) => versions.load(wanted, state));
  }

  /** @param from the node that hands the key over @returns where the key is, if not here */
  async of(key: string, from?: Giver): Promise<Instance | Said> {
    const claimed = await (this.#instances.get(key) ?? this.#claims.get(key));
    // A claim that found the key elsewhere did not know that it is given.
    if (claimed instanceof Instance || (claimed && !from)) return claimed;
    const there = this.#instances.get(key) ?? this.#claims.get(key);
    if (there) return there;
    const claim = this.#claim(key, from).finally(() => this.#claims.delete(key));
    this.#claims.set(key, claim);
    return claim;
  }

  /** The state is restored first, and then the key claimed: what cannot be restored stays where it is. */
  async #claim(key: string, from: Giver | undefined): Promise<Instance | Said> {
    const { node, versions, lives } = this.#options;
    await this.#makeRoom();
    for (let i = 0; i < TRIES; i++) {
      if (this.#closing) return { is: "elsewhere" };
      const found = await recordOf(this.#fabric, this.#options.name, key);
      const owner = found?.head.node;
      const given = owner !== undefined && owner === from?.from && found!.head.epoch === from.epoch;
      if (owner !== undefined && owner !== node && !given && (await lives(owner)))
        return { is: "elsewhere", node: owner };
      const loaded = await versions.loadFor(key, found?.head.version, found?.bytes);
      const { plugin } = loaded;
      const instance = await this.#begun(loaded, key, found, given).catch(async (error) => {
        await plugin.close({ drain: 0 });
        throw error;
      });
      if (instance) return instance;
      await plugin.close({ drain: 0 });
    }
    return { is: "elsewhere" };
  }

  async #begun(
    { plugin, refused }: { readonly plugin: Plugin; readonly refused?: string },
    key: string,
    found: Found | undefined,
    given: boolean,
  ): Promise<Instance | undefined> {
    const { name, node, onClaim, onEnd, onEpoch } = this.#options;
    const epoch = (found?.head.epoch ?? 0) + 1;
    const head = { key, node, epoch, version: plugin.version };
    const bytes = await plugin.snapshot();
    const revision = await writeRecord(this.#fabric, name, { head, bytes }, found?.revision);
    if (revision === undefined) return undefined;
    const ended = () => {
      this.#instances.delete(key);
      onEnd(key);
    };
    const begun = { plugin, head, revision, refused };
    const instance = new Instance(this.#fabric, begun, { ...this.#options, onEnd: ended });
    this.#instances.set(key, instance);
    onEpoch();
    onClaim(key, found?.head.node, given);
    // The plan may have changed while it was loaded.
    this.#upgrade(instance);
    return instance;
  }

  /** @throws PluginError `queue-full` */
  async #makeRoom(): Promise<void> {
    const { name, maxInstances } = this.#options;
    if (this.#instances.size + this.#claims.size < maxInstances) return;
    let oldest: Instance | undefined;
    for (const each of this.#instances.values())
      if (each.idle && (!oldest || each.used < oldest.used)) oldest = each;
    if (oldest) return oldest.release(true);
    const why = `${this.#instances.size} instances live here, and all have calls; at most ${maxInstances} may`;
    throw new PluginError("queue-full", `could not call ${name}: ${why} (maxInstances); it was not called`);
  }
}
