/** One life of the plugin under the hammer: from `load` to `close`, with all that is seen of it. */
import { type FollowOptions, load, type Plugin, PluginError, type Transition, type View } from "moult";
import { ChangingSource } from "./changing.ts";
import { Checker } from "./check.ts";
import type { FaultyStore } from "./faulty-store.ts";
import type { Ledger } from "./ledger.ts";
import type { Mode } from "./mode.ts";
import { Chain, type More } from "./op.ts";
import type { Facts } from "./rules.ts";
import type { Step } from "./step.ts";
import { Trail } from "./trail.ts";
import type { Versions } from "./version.ts";
import { Planned, World } from "./world.ts";

export interface LifeOptions {
  readonly mode: Mode;
  readonly versions: Versions;
  /** The version that it begins with. */
  readonly version: string;
  readonly store: FaultyStore | undefined;
  readonly state: Uint8Array | undefined;
  readonly lastId: number;
  /** What the state has to be when it is loaded. */
  readonly ledger: Ledger;
  /** Choices that are made once in a life. */
  readonly choices: Choices;
  readonly perform: (step: Step) => void;
  readonly say: (problem: string) => void;
}

export interface Choices {
  /** Calls that may wait. */
  readonly queue: number;
  /** Calls that an instance of a version that tires can do. */
  readonly strength: number;
  readonly restarts: number;
  readonly follow: FollowOptions<typeof Chain>;
}

export class Life {
  plugin!: Plugin<typeof Chain>;
  readonly trail = new Trail();
  readonly world: World;
  readonly checker: Checker;
  readonly source: ChangingSource | undefined;
  /** All records that listeners heard. */
  readonly records: Transition[] = [];
  wider: View<typeof More> | undefined;
  traps = 0;
  /** What serves trapped, or could not be followed by a fresh instance, and nothing took its place since. */
  #down: "trapped" | "not-restarted" | undefined;
  closing = false;
  closed = 0;
  /** Errors that listeners of the hammer's own threw, and those that were told as events. */
  thrown = 0;
  told = 0;
  /** The number of the last call, over all lives of an episode. */
  lastId: number;
  readonly options: LifeOptions;

  private constructor(options: LifeOptions) {
    const { mode, versions, version, ledger, choices, perform } = options;
    const { trail } = this;
    this.options = options;
    this.lastId = options.lastId;
    const { suspends, worker } = mode;
    const effects = suspends || worker || mode.store !== "later";
    this.world = new World({ suspends, effects, strength: choices.strength, trail, perform });
    this.checker = new Checker(ledger, trail, (by) => this.world.instances[by]?.begun ?? false);
    this.source = mode.follow
      ? new ChangingSource(versions.bytes(version), (record) => this.#followed(record))
      : undefined;
  }

  static async open(options: LifeOptions): Promise<Life> {
    const life = new Life(options);
    const { mode, versions, version, store, state, choices } = options;
    const { queue, restarts: limit, follow } = choices;
    life.plugin = await load(Chain, life.source ?? versions.bytes(version), {
      grant: life.world.grants,
      queue,
      isolation: mode.worker ? "worker" : "none",
      ...(state && { state }),
      ...(store && { store }),
      ...(mode.follow && { follow }),
      afterTrap: mode.restart
        ? { restart: { limit, window: 50, delay: 1, longest: 4, journal: { calls: 50 } } }
        : "fail-closed",
    });
    life.#listen();
    return life;
  }

  /** What errors can come of. */
  get facts(): Facts {
    const { world, traps, closing, records, wider } = this;
    const { mode, store, choices } = this.options;
    return {
      mode,
      traps,
      turnsFailed: world.turnsFailed,
      grantsFailed: world.grantsFailed,
      storeFailed: store?.failed ?? 0,
      closing,
      gaveUp: records.some(({ outcome }) => outcome === "not-restarted"),
      widened: wider !== undefined,
      queue: choices.queue,
    };
  }

  /** Nothing serves, and nothing will by itself. */
  get stuck(): boolean {
    return this.#down === "not-restarted" || (this.#down === "trapped" && !this.options.mode.restart);
  }

  #followed(record: Transition): void {
    const probation = this.options.choices.follow.probation !== undefined;
    this.trail.asked.set(record, { what: "swap", reset: false, discard: false, probation });
  }

  #listen(): void {
    const { plugin, trail, options } = this;
    plugin.on("transition", (record) => {
      this.records.push(record);
      trail.sights.push({ at: "record", record });
      const { outcome } = record;
      if (outcome === "not-restarted") this.#down = outcome;
      if (["swapped", "rolled-back", "restarted"].includes(outcome)) this.#down = undefined;
    });
    plugin.on("trap", () => {
      this.traps++;
      this.#down = "trapped";
    });
    plugin.on("error", ({ error }) => {
      this.told++;
      const why = this.#unplanned(error);
      if (why !== undefined) options.say(`an event tells of an error that was not planned: ${why}`);
    });
    plugin.on("close", () => {
      this.closed++;
    });
  }

  /** What an error says that no fault of the hammer's accounts for. */
  #unplanned(error: unknown): string | undefined {
    for (let each: unknown = error; each instanceof Error; each = each.cause) {
      if (each instanceof Planned || each.message.includes("it breaks in its")) return undefined;
      if (each.message.includes("finds its state wrong") && this.world.turnsFailed > 0) return undefined;
      if (each instanceof PluginError && each.code === "internal") return each.stack;
    }
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}
