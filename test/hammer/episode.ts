/** An episode: a plugin is loaded, the steps of a plan are done to it, and everything is held against the model. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { PluginError } from "moult";
import { directory } from "moult/node";
import { type Checker, possible } from "./check.ts";
import { Driver, type Outstanding } from "./driver.ts";
import { FaultyStore } from "./faulty-store.ts";
import { pass, turn } from "./gap.ts";
import { Ledger, nameOf } from "./ledger.ts";
import { type Choices, Life } from "./life.ts";
import type { Mode } from "./mode.ts";
import { tick, waitFor } from "./patience.ts";
import { choicesOf, type Plan } from "./plan.ts";
import { listening, problemsOfEnd, problemsOfRecords } from "./records.ts";
import { type Core, differenceOf, stateOf } from "./state.ts";
import { lineOf, type Step } from "./step.ts";
import { kindOfVersion, type Versions } from "./version.ts";

export interface EpisodeOptions {
  readonly mode: Mode;
  readonly versions: Versions;
  readonly plan: Plan;
  /** A folder of its own, for stores. */
  readonly folder: string;
  /** Turns that anything may take; then it hangs. @default 20_000 */
  readonly patience?: number;
}

export interface Told {
  readonly steps: number;
  readonly calls: number;
  /** Calls that were acknowledged, and found in the chain. */
  readonly acknowledged: number;
  /** Swaps that were tried, and transitions by their outcomes. */
  readonly swaps: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
  /** The step at which the first problem came up. */
  readonly failedAt: number | undefined;
}

/** Does a plan. Whatever happens, it comes to an end. */
export async function episode(options: EpisodeOptions): Promise<Told> {
  const run = new Episode(options);
  return run.run();
}

class Episode {
  readonly #options: EpisodeOptions;
  readonly #driver: Driver;
  readonly #problems: string[] = [];
  readonly #outcomes: Record<string, number> = {};
  readonly #patience: number;
  #acknowledged = 0;
  #lives = 0;
  #step = 0;
  #failedAt: number | undefined;
  #store: FaultyStore | undefined;
  /** A snapshot, and what the state was in it. */
  #kept: { readonly bytes: Uint8Array; readonly ledger: Ledger; readonly version: string } | undefined;

  constructor(options: EpisodeOptions) {
    this.#options = options;
    this.#patience = options.patience ?? 20_000;
    this.#driver = new Driver({
      reopen: (step) => this.#reopen(step),
      say: (problem) => this.#say(problem),
    });
  }

  async run(): Promise<Told> {
    const { steps } = this.#options.plan;
    await this.#guarded(async () => {
      this.#driver.life = await this.#open("one", new Ledger());
      for (const [i, step] of steps.entries()) {
        this.#step = i;
        await this.#do(step);
        if (this.#problems.length > 0) return;
      }
      await this.#checkpoint();
      await this.#close({});
    });
    return {
      steps: this.#problems.length > 0 ? this.#step + 1 : steps.length,
      ...this.#driver.done,
      acknowledged: this.#acknowledged,
      outcomes: this.#outcomes,
      problems: this.#problems,
      failedAt: this.#failedAt,
    };
  }

  async #do(step: Step): Promise<void> {
    const linger = step.do === "reopen" ? step.linger : undefined;
    if (step.do === "checkpoint") await this.#checkpoint();
    else this.#driver.perform(step);
    if (step.then) await pass(step.then);
    if (linger !== undefined) this.#lingering = linger;
    else if (this.#driver.reopening && this.#lingering-- <= 0) await this.#reopened();
  }

  /** Steps that are done while a new life is on its way. */
  #lingering = 0;

  async #reopened(): Promise<void> {
    if (await waitFor(() => this.#driver.reopening === undefined, this.#patience)) return;
    this.#hangs([...this.#driver.outstanding].map(({ step }) => lineOf(step)));
  }

  /** Waits for everything, and holds what there is against the model. */
  async #checkpoint(): Promise<void> {
    const { life } = this.#driver;
    if (this.#driver.reopening) await this.#reopened();
    if (this.#driver.life !== life) return this.#checkpoint();
    await this.#quiet(life);
    const bytes = await this.#settled("a snapshot at a checkpoint", life.plugin.snapshot(), life);
    if (this.#problems.length > 0) return;
    this.#check(life);
    if (!bytes) return;
    const state = await stateOf(bytes);
    this.#compare(state, life.checker.ledger);
    const { version } = life.plugin;
    this.#kept = { bytes, ledger: life.checker.ledger.clone(), version: kindOfVersion(version).name };
  }

  /** Until nothing is under way: neither a step nor what the plugin does by itself. */
  async #quiet(life: Life): Promise<void> {
    const { world, plugin } = life;
    for (let tries = 0; tries < this.#patience; tries++) {
      world.release();
      await this.#drained(life);
      if (this.#problems.length > 0 || life.closing) return;
      plugin.accept();
      await tick(tries);
      const probe = await this.#settled("a rollback at a checkpoint", this.#probed(life), life);
      if (probe === "not-on-probation" && this.#of(life).length === 0) return;
      if (probe === undefined) return;
    }
    this.#hangs(["the plugin never comes to rest"]);
  }

  /** Asks for a rollback: it tells whether something is under way. */
  async #probed({ plugin, trail }: Life): Promise<string> {
    try {
      const record = await plugin.rollback();
      trail.asked.set(record, { what: "rollback", reset: false, discard: false, probation: false });
      return "rolled-back";
    } catch (error) {
      if (!(error instanceof PluginError)) throw error;
      const { code, record } = error;
      if (record)
        trail.asked.set(record, { what: "rollback", reset: false, discard: false, probation: false });
      return code;
    }
  }

  #of(life: Life): Outstanding[] {
    return [...this.#driver.outstanding].filter((each) => each.life === life && each.step.do !== "reopen");
  }

  async #drained(life: Life): Promise<void> {
    const { world } = life;
    const over = () => {
      world.release();
      return this.#of(life).length === 0;
    };
    if (await waitFor(over, this.#patience)) return;
    this.#hangs(this.#of(life).map(({ step }) => lineOf(step)));
  }

  /** Waits for a promise, but not for ever. @returns nothing when it was rejected as it may be, or hangs */
  async #settled<T>(what: string, promise: Promise<T>, life: Life): Promise<T | undefined> {
    let end: { readonly value: T } | { readonly error: unknown } | undefined;
    promise.then(
      (value) => {
        end = { value };
      },
      (error) => {
        end = { error };
      },
    );
    const over = () => {
      life.world.release();
      return end !== undefined;
    };
    if (!(await waitFor(over, this.#patience))) this.#hangs([what]);
    if (!end || "value" in end) return end?.value;
    const { code } = end.error as { code?: string };
    const expected =
      (life.stuck && (code === "trapped" || code === "crash-loop" || code === "grant-failed")) ||
      (life.closing && code === "closed") ||
      (code === "store-failed" && life.facts.storeFailed > 0);
    if (!expected) this.#say(`${what} was rejected: ${(end.error as Error).stack}`);
    return undefined;
  }

  /** Holds what was seen of a life against the model. */
  #check(life: Life): void {
    const { checker, trail } = life;
    checker.run();
    for (const problem of [...checker.problems, ...problemsOfRecords(life)]) this.#say(problem);
    this.#acknowledged += checker.takeAcknowledged();
    for (const sight of trail.sights) {
      if (sight.at !== "record") continue;
      const { outcome } = sight.record;
      this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + 1;
    }
    trail.clear();
  }

  #compare(state: Core, ledger: Ledger): void {
    const difference = differenceOf(state, ledger);
    if (difference !== undefined) this.#say(difference);
  }

  async #open(version: string, ledger: Ledger, state?: Uint8Array): Promise<Life> {
    const { mode, versions, plan } = this.#options;
    const choices: Choices = choicesOf(plan, this.#lives++);
    this.#store = mode.store === "none" ? undefined : this.#newStore(mode);
    return Life.open({
      ...{ mode, versions, version, ledger, state, choices, store: this.#store },
      perform: (step) => this.#driver.nested(step),
      say: (problem) => this.#say(problem),
    });
  }

  #newStore({ store }: Mode): FaultyStore {
    const { folder, plan } = this.#options;
    const inner = directory(join(folder, "store"), {
      fsync: "never",
      checkpoint: { calls: plan.checkpoint },
    });
    let count = 0;
    return new FaultyStore(inner, { synchronous: store === "directory", turns: () => count++ % 3 });
  }

  /** Closes, and loads anew: from the store, from the last snapshot, or from nothing. */
  async #reopen({ from, drain }: Extract<Step, { do: "reopen" }>): Promise<void> {
    const { life } = this.#driver;
    await this.#close({ drain });
    if (this.#problems.length > 0) return;
    this.#driver.life = await this.#another(life, from);
    this.#driver.life.lastId = life.lastId;
  }

  async #another({ plugin, checker }: Life, from: "kept" | "fresh"): Promise<Life> {
    if (this.#options.mode.store !== "none") {
      const life = await this.#open(kindOfVersion(plugin.version).name, checker.ledger);
      await this.#recovered(life, checker);
      return life;
    }
    const kept = from === "kept" ? this.#kept : undefined;
    return this.#open(kept?.version ?? "one", kept?.ledger.clone() ?? new Ledger(), kept?.bytes);
  }

  /** What came back has to be what was acknowledged. */
  async #recovered({ plugin, trail, checker }: Life, before: Checker): Promise<void> {
    const state = await stateOf(await plugin.snapshot());
    const found = [...possible(before, trail.gifts)].find((each) => nameOf(each) === nameOf(state));
    if (found) checker.ledger = found;
    this.#compare(state, checker.ledger);
    for (const { id } of before.unknown) trail.gifts.delete(id);
  }

  async #close({ drain }: { readonly drain?: number | undefined }): Promise<void> {
    const { life } = this.#driver;
    life.closing = true;
    const closing = life.plugin.close(drain === undefined ? {} : { drain });
    await this.#settled("close", closing, life);
    await this.#drained(life);
    if (this.#problems.length > 0) return;
    this.#check(life);
    for (const problem of await problemsOfEnd(life, this.#patience)) this.#say(problem);
  }

  #hangs(what: readonly string[]): void {
    this.#say(`not settled after ${this.#patience} turns: ${what.slice(0, 10).join("; ") || "?"}`);
  }

  #say(problem: string): void {
    this.#failedAt ??= this.#step;
    this.#problems.push(problem);
  }

  /** Nothing that a step throws ends the hammer; nor does what no promise waited for. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    const stray = (error: unknown) =>
      this.#say(`nothing waited for an error: ${error instanceof Error ? error.stack : String(error)}`);
    const deaf = listening(stray);
    try {
      await work();
      await turn();
    } catch (error) {
      this.#say(`the hammer itself failed: ${error instanceof Error ? error.stack : String(error)}`);
    } finally {
      deaf();
      rmSync(join(this.#options.folder, "store"), { recursive: true, force: true });
    }
  }
}
