/** Splits of this process as a dashboard shows them. Their shares are their program's to say. */
import type { Board, BoardLive } from "./board.ts";
import type { SplitWatch } from "./split-watch.ts";

export class SplitBoard implements Board {
  readonly title: string;
  readonly #splits: readonly SplitWatch[];

  /** @param splits one, at least */
  constructor(splits: readonly SplitWatch[]) {
    this.title = splits.length === 1 ? splits[0]!.name : `${splits.length} splits`;
    this.#splits = splits;
  }

  async look(name: string | undefined, since: number): Promise<BoardLive> {
    const now = Date.now();
    const chosen = this.#splits.find((each) => each.name === name) ?? this.#splits[0]!;
    return {
      now,
      plugins: this.#splits.map(({ line }) => line),
      nodes: { live: 0, gone: 0 },
      plugin: chosen.view(since, now),
    };
  }

  close(): void {
    for (const each of this.#splits) each.close();
  }
}
