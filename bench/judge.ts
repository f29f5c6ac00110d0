/** Compares the figures of a row with its bars. */
import type { Figures } from "./rounds.ts";
import type { Bar } from "./rows.ts";
import { ratios, type Spread, spread } from "./spread.ts";

export interface Verdict {
  readonly text: string;
  /** The value that was compared: a ratio, or the figure itself where the bar is absolute. */
  readonly found: Spread | undefined;
  readonly relative: boolean;
  readonly met: boolean;
}

export function judge({ text, of = "moult", against, most }: Bar, figures: readonly Figures[]): Verdict {
  const rounds = (name: string) => figures.find((each) => each.name === name)?.rounds;
  const own = rounds(of);
  const relative = against !== undefined;
  const other = relative ? rounds(against) : undefined;
  if (!own || (relative && !other)) return { text, found: undefined, relative, met: false };
  const found = other ? ratios(own, other) : spread(own);
  return { text, found, relative, met: most === undefined || found.median <= most };
}

/** The ratio of moult's first figure to another figure. */
export function factor(figures: readonly Figures[], other: Figures): Spread | undefined {
  const own = figures.find((each) => each.role === "moult");
  return own && other.role !== "moult" ? ratios(own.rounds, other.rounds) : undefined;
}
