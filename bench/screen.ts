/** The output of a run on the terminal: its progress, and a table at the end. */
import { figure, times } from "./figure.ts";
import { factor, judge } from "./judge.ts";
import type { Measured } from "./results.ts";
import type { Row } from "./rows.ts";
import { spread } from "./spread.ts";

export interface Progress {
  show(text: string): void;
  /** Prints a line that stays. */
  done(text: string): void;
}

/** On standard error; if that is not a terminal, only finished lines. */
export function progress(out: NodeJS.WriteStream): Progress {
  let drawn = Number.NEGATIVE_INFINITY;
  return {
    show(text) {
      const now = performance.now();
      if (!out.isTTY || now - drawn < 80) return;
      drawn = now;
      out.write(`\r${text.slice(0, out.columns - 1)}\x1b[K`);
    },
    done(text) {
      drawn = Number.NEGATIVE_INFINITY;
      out.write(out.isTTY ? `\r${text}\x1b[K\n` : `${text}\n`);
    },
  };
}

/** The figures of the rows, and the verdicts of the bars. */
export function summary(rows: readonly (readonly [Row, Measured])[]): string {
  const texts = rows.map(([row, { figures, skipped, failed }]) => {
    const lines = figures.map((each) => {
      const ratio = factor(figures, each);
      const name = each.role === "limit" ? `${each.name} (limit)` : each.name;
      const cost = figure(spread(each.rounds), row.unit);
      return `  ${name.padEnd(44)} ${cost.padEnd(30)}${ratio ? `  moult / this: ${times(ratio)}` : ""}`;
    });
    const bars = row.bars.map((bar) => {
      const { found, relative, met } = judge(bar, figures);
      const value = found ? `: ${relative ? times(found) : figure(found, row.unit)}` : ": no figure";
      return `  ${met ? "met   " : "MISSED"} ${bar.text}${value}`;
    });
    const gaps = skipped.map(({ name, why }) => `  ${name}: not measured: ${why}`);
    return [plain(row.title), ...lines, ...gaps, ...(failed ? [`  failed: ${failed}`] : []), ...bars].join(
      "\n",
    );
  });
  return `${texts.join("\n\n")}\n`;
}

export function plain(title: string): string {
  return title.replaceAll("`", "");
}
