/** An episode: a plugin is loaded, the steps of a plan are done to it, and everything is held against the model. */
import { Driver } from "./driver.ts";
import { pass, turn } from "./gap.ts";
import type { Life } from "./life.ts";
import { Lives, type LivesOptions } from "./lives.ts";
import { listening, problemsOfEnd, problemsOfRecords } from "./records.ts";
import { Rest } from "./rest.ts";
import type { Step } from "./step.ts";
import { Tally, type Told } from "./tally.ts";

export interface EpisodeOptions extends Pick<LivesOptions, "mode" | "versions" | "plan" | "folder"> {
  /** Turns of the event loop that anything may take; then it hangs. @default 20_000 */
  readonly patience?: number;
}

/** Does a plan. Whatever happens, it comes to an end. */
export async function episode(options: EpisodeOptions): Promise<Told> {
  return new Episode(options).run();
}

class Episode {
  readonly #options: EpisodeOptions;
  readonly #tally = new Tally();
  readonly #driver: Driver;
  readonly #lives: Lives;
  readonly #rest: Rest;
  readonly #patience: number;
  /** Steps that are done while a new life is on its way. */
  #lingering = 0;

  constructor(options: EpisodeOptions) {
    this.#options = options;
    this.#patience = options.patience ?? 20_000;
    const tally = this.#tally;
    this.#driver = new Driver(tally, (step) => this.#reopen(step));
    this.#lives = new Lives({ ...options, tally, perform: (step) => this.#driver.nested(step) });
    this.#rest = new Rest(this.#driver, tally, this.#patience);
  }

  async run(): Promise<Told> {
    const tally = this.#tally;
    const deaf = listening((error) => tally.say(`nothing waited for an error: ${shown(error)}`));
    try {
      await this.#steps();
      await turn();
    } catch (error) {
      tally.say(`the hammer itself failed: ${shown(error)}`);
    } finally {
      deaf();
      this.#lives.end();
    }
    return tally.told();
  }

  async #steps(): Promise<void> {
    this.#driver.life = await this.#lives.first();
    for (const step of this.#options.plan.steps) {
      await this.#do(step);
      if (this.#tally.failed) return;
      this.#tally.steps++;
    }
    await this.#checkpoint();
    if (!this.#tally.failed) await this.#close(undefined);
  }

  async #do(step: Step): Promise<void> {
    if (step.do === "checkpoint") await this.#checkpoint();
    else this.#driver.perform(step);
    if (step.then) await pass(step.then);
    if (step.do === "reopen") this.#lingering = step.linger;
    else if (this.#driver.reopening && this.#lingering-- <= 0) await this.#rest.reopened();
  }

  /** Waits for everything, and holds what there is against the model. */
  async #checkpoint(): Promise<void> {
    await this.#rest.reopened();
    const { life } = this.#driver;
    await this.#rest.comes(life);
    // A step inside of another one may have closed it.
    if (this.#driver.reopening && !this.#tally.failed) return this.#checkpoint();
    const bytes = await this.#rest.settled("a snapshot at a checkpoint", life.plugin.snapshot(), life);
    if (this.#tally.failed) return;
    this.#check(life);
    if (bytes) await this.#lives.keep(bytes, life);
  }

  /** Holds what was seen of a life against the model. */
  #check(life: Life): void {
    const tally = this.#tally;
    const { checker, trail } = life;
    const { problems, acknowledged } = checker.run();
    for (const problem of [...problems, ...problemsOfRecords(life)]) tally.say(problem);
    tally.acknowledged += acknowledged;
    for (const sight of trail.sights) if (sight.at === "record") tally.count(sight.record);
    trail.clear();
  }

  async #reopen({ from, drain }: Extract<Step, { do: "reopen" }>): Promise<void> {
    const { life } = this.#driver;
    await this.#close(drain);
    if (!this.#tally.failed) this.#driver.life = await this.#lives.next(life, from);
  }

  async #close(drain: number | undefined): Promise<void> {
    const { life } = this.#driver;
    life.closing = true;
    await this.#rest.settled("close", life.plugin.close(drain === undefined ? {} : { drain }), life);
    await this.#rest.drained(life);
    if (this.#tally.failed) return;
    this.#check(life);
    for (const problem of await problemsOfEnd(life, this.#patience)) this.#tally.say(problem);
  }
}

function shown(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
