/** What a dashboard knows of a split of this process: its shares over the time, and what its calls come to. */
import type { Split } from "../release/mod.ts";
import { isSamePlan } from "../release/plans.ts";
import { after } from "../timer.ts";
import type { PluginLine, PluginView, SharesFrom } from "./board.ts";
import { Timeline } from "./timeline.ts";

/** Milliseconds between two looks. */
const EVERY = 250;
/** Changes of shares that are kept. */
const CHANGES = 128;

/** What is shown of a split. */
export type ShownSplit = Pick<Split, "name" | "plan" | "tallies">;

export class SplitWatch {
  readonly name: string;
  readonly #split: ShownSplit;
  readonly #timeline = new Timeline(Date.now());
  readonly #order = new Set<string>();
  #shares: SharesFrom[];
  #clear = () => {};

  constructor(split: ShownSplit) {
    this.name = split.name;
    this.#split = split;
    this.#shares = [{ at: 0, split: split.plan.split }];
    this.#look();
  }

  get line(): PluginLine {
    return { name: this.name, split: this.#split.plan.split, order: [...this.#order], here: true };
  }

  view(since: number, now: number): PluginView {
    return {
      ...this.line,
      rules: this.#split.plan.rules.length,
      shares: this.#shares,
      callers: 1,
      versions: this.#timeline.tallies,
      samples: this.#timeline.samples(since, now),
      nodes: [],
      more: 0,
    };
  }

  close(): void {
    this.#clear();
  }

  #look(): void {
    const now = Date.now();
    const { split } = this.#split.plan;
    if (!isSamePlan({ split }, this.#shares.at(-1)!))
      this.#shares = [...this.#shares, { at: now, split }].slice(-CHANGES);
    const versions = this.#split.tallies();
    for (const version of [...split.map((each) => each.version), ...Object.keys(versions)])
      this.#order.add(version);
    this.#timeline.take("split", { versions, interval: EVERY }, now);
    this.#clear = after(EVERY, () => this.#look(), { name: "interval", unref: true });
  }
}
