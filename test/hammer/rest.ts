/** Coming to rest: waits until nothing of a plugin is under way, with an end. */
import { PluginError } from "moult";
import type { Driver, Outstanding } from "./driver.ts";
import type { Life } from "./life.ts";
import { tick, waitFor } from "./patience.ts";
import { lineOf } from "./step.ts";
import type { Tally } from "./tally.ts";

export class Rest {
  readonly #driver: Driver;
  readonly #tally: Tally;
  readonly #turns: number;

  /** @param turns that anything may take; then it hangs */
  constructor(driver: Driver, tally: Tally, turns: number) {
    this.#driver = driver;
    this.#tally = tally;
    this.#turns = turns;
  }

  /** Until nothing is under way: neither a step nor what the plugin does by itself. */
  async comes(life: Life): Promise<void> {
    const { plugin } = life;
    for (let tries = 0; tries < this.#turns; tries++) {
      await this.drained(life);
      if (this.#tally.failed || life.closing) return;
      plugin.accept();
      await tick(tries);
      const found = await this.settled("a rollback at a checkpoint", probe(life), life);
      if (found === undefined) return;
      if (found === "not-on-probation" && this.#of(life).length === 0) return;
    }
    this.#hangs(["the plugin never comes to rest"]);
  }

  /** Until every step of this life has settled. */
  async drained(life: Life): Promise<void> {
    const over = () => {
      life.world.release();
      return this.#of(life).length === 0;
    };
    if (await waitFor(over, this.#turns)) return;
    this.#hangs(this.#of(life).map(({ step }) => lineOf(step)));
  }

  /** Until a new life has begun, if one is on its way. */
  async reopened(): Promise<void> {
    const driver = this.#driver;
    if (await waitFor(() => driver.reopening === undefined, this.#turns)) return;
    this.#hangs([...driver.outstanding].map(({ step }) => lineOf(step)));
  }

  /** Waits for a promise, but not for ever. @returns nothing when it is rejected as it may be, or hangs */
  async settled<T>(what: string, promise: Promise<T>, life: Life): Promise<T | undefined> {
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
    if (!(await waitFor(over, this.#turns))) this.#hangs([what]);
    if (!end || "value" in end) return end?.value;
    if (!mayFail(end.error, life)) {
      this.#tally.say(`${what} was rejected: ${end.error instanceof Error ? end.error.stack : end.error}`);
    }
    return undefined;
  }

  #of(life: Life): Outstanding[] {
    return [...this.#driver.outstanding].filter((each) => each.life === life && each.step.do !== "reopen");
  }

  #hangs(what: readonly string[]): void {
    this.#tally.say(`not settled after ${this.#turns} turns: ${what.slice(0, 10).join("; ")}`);
  }
}

/** Asks for a rollback: that tells whether something is under way. @returns the code of its refusal */
async function probe({ plugin, trail }: Life): Promise<string> {
  const asked = { what: "rollback", reset: false, discard: false, probation: false } as const;
  try {
    trail.asked.set(await plugin.rollback(), asked);
    return "rolled-back";
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    if (error.record) trail.asked.set(error.record, asked);
    return error.code;
  }
}

/** Nothing serves, or nothing will any more, or its store failed. */
function mayFail(error: unknown, life: Life): boolean {
  if (!(error instanceof PluginError)) return false;
  switch (error.code) {
    case "trapped":
    case "grant-failed":
    case "crash-loop":
      return life.stuck;
    case "closed":
      return life.closing;
    case "store-failed":
      return life.facts.storeFailed > 0;
    default:
      return false;
  }
}
