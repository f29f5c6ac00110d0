/** Pictures of one row: a timeline of generations, and a sparkline above it with the same columns. */
import type { Glyphs, Row, Style } from "./screen.ts";

/** A generation, from where it began to serve: in lines, or in milliseconds. */
export interface Stretch {
  readonly from: number;
  readonly generation: number;
  readonly version: string;
}

/** What did not come to serve, or went back. */
export interface Mark {
  readonly at: number;
  readonly kind: "refused" | "back";
}

/** What the columns stand for, from the first to the last. */
export interface Axis {
  readonly from: number;
  readonly to: number;
  /** Behind it nothing has happened yet. */
  readonly now: number;
  readonly columns: number;
}

export const hueOf = (generation: number): Style => ((generation - 1) % 5) as Style;

/** The generations as a bar, with marks; and their versions below, where there is room for them. */
export function timeline(
  stretches: readonly Stretch[],
  marks: readonly Mark[],
  { axis, glyphs }: { readonly axis: Axis; readonly glyphs: Glyphs },
): readonly [bar: Row, versions: Row] {
  const known = stretches.filter(
    ({ from }, i) => (stretches[i + 1]?.from ?? axis.now) > axis.from || from >= axis.from,
  );
  const first = (stretch: Stretch) => columnOf(stretch.from, axis);
  const bar = Array.from({ length: axis.columns }, (_, column): readonly [string, Style] => {
    const own = known.findLast((stretch) => first(stretch) <= column);
    if (own === undefined || column > columnOf(axis.now, axis)) return [glyphs.rest, "dim"];
    return [first(own) === column ? glyphs.begin : glyphs.bar, hueOf(own.generation)];
  });
  for (const { at, kind } of marks) {
    const column = columnOf(at, axis);
    if (at >= axis.from) bar[column] = [kind === "back" ? glyphs.back : glyphs.refused, "refused"];
  }
  return [bar, versionsOf(known, first, axis.columns)];
}

/** The newest first: an older one that would touch it is left out. */
function versionsOf(known: readonly Stretch[], first: (stretch: Stretch) => number, columns: number): Row {
  const row: [string, Style][] = [];
  let end = columns;
  for (const stretch of known.toReversed()) {
    const { version, generation } = stretch;
    const start = Math.min(first(stretch), columns - version.length);
    if (start < 0 || start + version.length > end) continue;
    row.unshift(
      [version, hueOf(generation)],
      [" ".repeat(Math.max(0, end - start - version.length)), "plain"],
    );
    end = start - 1;
    row.unshift([" ".repeat(start > 0 ? 1 : 0), "plain"]);
  }
  return [[" ".repeat(Math.max(0, end)), "plain"], ...row];
}

/**
 * A row of heights, each in the hue of the generation that served then.
 *
 * @param values one for each column; nothing where nothing is known
 */
export function sparkline(
  values: readonly (number | undefined)[],
  hues: (column: number) => Style,
  { levels }: Glyphs,
): Row {
  const most = Math.max(...values.map((value) => value ?? 0), Number.MIN_VALUE);
  return values.map((value, column) => {
    if (value === undefined) return [" "];
    const level = Math.min(levels.length - 1, Math.floor((value / most) * levels.length));
    return [levels[level] ?? " ", hues(column)];
  });
}

/** The column that a position falls into. */
export function columnOf(position: number, { from, to, columns }: Axis): number {
  const share = (position - from) / Math.max(to - from, Number.MIN_VALUE);
  return Math.min(columns - 1, Math.max(0, Math.floor(share * columns)));
}
