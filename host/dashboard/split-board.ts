/** A split of this process as a dashboard shows it. Its shares are its program's to say. */

import type { Split } from "../release/mod.ts";
import { isSamePlan } from "../release/plans.ts";
import { after } from "../timer.ts";
import type { Board, BoardLive, SharesFrom } from "./board.ts";
import { Timeline } from "./timeline.ts";

/** Milliseconds between two looks. */
const EVERY = 250;
/** Changes of shares that are kept. */
const CHANGES = 128;

/** What is shown of a split. */
export type ShownSplit = Pick<Split, "name" | "plan" | "tallies">;

export class SplitBoard implements Board {
  readonly title: string;
  readonly #split: ShownSplit;
  readonly #timeline = new Timeline(Date.now());
  readonly #order = new Set<string>();
  #shares: SharesFrom[];
  #clear = () => {};

  constructor(split: ShownSplit) {
    this.title = split.name;
    this.#split = split;
    this.#shares = [{ at: 0, split: split.plan.split }];
    this.#look();
  }

  async look(_name: string | undefined, since: number): Promise<BoardLive> {
    const now = Date.now();
    const { split, rules } = this.#split.plan;
    const line = { name: this.title, split, order: [...this.#order] };
    return {
      now,
      plugins: [line],
      nodes: { live: 0, gone: 0 },
      plugin: {
        ...line,
        rules: rules.length,
        shares: this.#shares,
        callers: 1,
        versions: this.#timeline.tallies,
        samples: this.#timeline.samples(since, now),
        nodes: [],
        more: 0,
      },
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
