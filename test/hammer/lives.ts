/** The lives of the plugin in one episode, one after the other: what one leaves behind, the next begins with. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { directoryStore } from "moult/node";
import { type Checker, possible } from "./check.ts";
import { FaultyStore } from "./faulty-store.ts";
import { Ledger, nameOf } from "./ledger.ts";
import { Life } from "./life.ts";
import type { Mode } from "./mode.ts";
import { choicesOf, type Plan } from "./plan.ts";
import { type Core, differenceOf, stateOf } from "./state.ts";
import type { Step } from "./step.ts";
import type { Tally } from "./tally.ts";
import { kindOfVersion, type Versions } from "./version.ts";

export interface LivesOptions {
  readonly mode: Mode;
  readonly versions: Versions;
  readonly plan: Plan;
  /** A folder of its own, for stores. */
  readonly folder: string;
  readonly perform: (step: Step) => void;
  readonly tally: Tally;
}

/** A snapshot, and what the state was in it. */
interface Kept {
  readonly bytes: Uint8Array;
  readonly ledger: Ledger;
  readonly version: string;
}

export class Lives {
  readonly #options: LivesOptions;
  #count = 0;
  #kept: Kept | undefined;

  constructor(options: LivesOptions) {
    this.#options = options;
  }

  /** The first. */
  first(): Promise<Life> {
    return this.#open({ version: "one", ledger: new Ledger() });
  }

  /** One more, after this one was closed: from its store, from a snapshot of it, or from nothing. */
  async next({ plugin, checker, lastId }: Life, from: "kept" | "fresh"): Promise<Life> {
    const kept = from === "kept" ? this.#kept : undefined;
    if (this.#options.mode.store !== "none") {
      const version = kindOfVersion(plugin.version).name;
      const life = await this.#open({ version, ledger: checker.ledger, lastId });
      await this.#recovered(life, checker);
      return life;
    }
    if (!kept) return this.#open({ version: "one", ledger: new Ledger(), lastId });
    const { version, ledger, bytes } = kept;
    return this.#open({ version, ledger: ledger.clone(), lastId, state: bytes });
  }

  /** Holds a snapshot against the model, and keeps it. */
  async keep(bytes: Uint8Array, { plugin, checker: { ledger } }: Life): Promise<void> {
    this.#compare(await stateOf(bytes), ledger);
    this.#kept = { bytes, ledger: ledger.clone(), version: kindOfVersion(plugin.version).name };
  }

  /** Removes what they left. */
  end(): void {
    rmSync(this.#path, { recursive: true, force: true });
  }

  get #path(): string {
    return join(this.#options.folder, "store");
  }

  #open(what: {
    readonly version: string;
    readonly ledger: Ledger;
    readonly lastId?: number;
    readonly state?: Uint8Array;
  }): Promise<Life> {
    const { mode, versions, plan, perform, tally } = this.#options;
    const store = mode.store === "none" ? undefined : this.#store(mode);
    const choices = choicesOf(plan, this.#count++);
    const say = (problem: string) => tally.say(problem);
    return Life.open({ lastId: 0, state: undefined, ...what, mode, versions, choices, store, perform, say });
  }

  #store({ store }: Mode): FaultyStore {
    const { checkpoint: calls } = this.#options.plan;
    const inner = directoryStore(this.#path, { fsync: "never", checkpoint: { calls } });
    let count = 0;
    return new FaultyStore(inner, { synchronous: store === "directory", turns: () => count++ % 3 });
  }

  /** What came back has to be what was acknowledged, or one call more to which there was no answer. */
  async #recovered({ plugin, trail, checker }: Life, before: Checker): Promise<void> {
    const state = await stateOf(await plugin.snapshot());
    const found = [...possible(before, trail.gifts)].find((each) => nameOf(each) === nameOf(state));
    if (found) checker.ledger = found;
    this.#compare(state, checker.ledger);
    for (const { id } of before.lost) trail.gifts.delete(id);
  }

  #compare(state: Core, ledger: Ledger): void {
    const difference = differenceOf(state, ledger);
    if (difference !== undefined) this.#options.tally.say(difference);
  }
}
