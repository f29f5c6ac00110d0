/** The server's live numbers: rows on a terminal, or a line a second anywhere else. */
import type { Plugin } from "moult";
import { count, gathered, type Out, type Piece, printable, type Row, Screen } from "../screen.ts";
import { type Axis, hueOf, type Mark, type Stretch, sparkline, timeline } from "../strip.ts";
import type { Meter } from "./meter.ts";

/** Milliseconds on the axis. */
const SHOWN = 60_000;
const INDENT = 2;
/** The names of the rows. */
const NAMES = 6;

export interface Shown {
  readonly plugin: Pick<Plugin, "name" | "version" | "generation">;
  readonly url: string;
  readonly meter: Meter;
  readonly stretches: readonly Stretch[];
  readonly marks: readonly Mark[];
}

export class ServerView {
  readonly #screen: Screen;
  #lines = 0;

  constructor(out: Out, env?: NodeJS.ProcessEnv) {
    this.#screen = new Screen(out, env);
  }

  say(text: string, kind: "good" | "refused" | "plain"): void {
    const style = kind === "plain" ? "dim" : kind;
    const mark = this.#screen.glyphs[kind];
    this.#screen.say(`${mark} ${printable(text)}`, style, kind === "refused" ? "cut" : "fold");
  }

  /** To be called several times a second. */
  draw(shown: Shown): void {
    this.#screen.show((columns) => this.#rows(shown, columns));
    if (this.#screen.live) return;
    const seconds = Math.floor(shown.meter.now / 1_000);
    if (seconds <= this.#lines) return;
    this.#lines = seconds;
    this.say([`${seconds} s`, ...factsOf(shown)].join(", "), "plain");
  }

  end(): void {
    this.#screen.end();
  }

  #rows(shown: Shown, columns: number): readonly Row[] {
    const { plugin, url, meter, stretches, marks } = shown;
    const { glyphs } = this.#screen;
    const width = Math.max(10, columns - 2 * INDENT - NAMES);
    const now = meter.now;
    const from = Math.max(0, now - SHOWN);
    const axis: Axis = { from, to: from + SHOWN, now, columns: width };
    const [bar, versions] = timeline(stretches, marks, { axis, glyphs });
    const at = (column: number) => from + (column / width) * SHOWN;
    const measured = Array.from({ length: width }, (_, i) =>
      at(i + 1) > now ? undefined : meter.between(at(i), at(i + 1)),
    );
    const hue = (column: number) =>
      hueOf(stretches.findLast((each) => each.from <= at(column + 1))?.generation ?? 1);
    const named = (name: string, row: Row): Row => [
      [`${" ".repeat(INDENT)}${name.padEnd(NAMES)}`, "dim"],
      ...row,
    ];
    const facts: Piece[] = [
      [`${plugin.name} ${plugin.version}`, hueOf(plugin.generation)],
      ...[...factsOf(shown), url].map((each): Piece => [each, "dim"]),
    ];
    const numbers = (of: "requests" | "p99") => measured.map((each) => each?.[of] ?? (each && 0));
    return [
      [],
      ...gathered(facts, columns - 2 * INDENT, glyphs).map((row): Row => [[" ".repeat(INDENT)], ...row]),
      named("rate", sparkline(numbers("requests"), hue, glyphs)),
      named("p99", sparkline(numbers("p99"), hue, glyphs)),
      named("code", bar),
      named("", versions),
    ];
  }
}

function factsOf({ plugin, meter }: Shown): string[] {
  const { requests, p50, p99 } = meter.lately;
  return [
    `generation ${plugin.generation}`,
    `${count(requests)} requests/s`,
    `p50 ${ms(p50)}`,
    `p99 ${ms(p99)}`,
    `${count(meter.failed)} failed`,
    `${count(meter.answered)} answered`,
  ];
}

export function ms(time: number | undefined): string {
  return time === undefined ? "-" : `${time.toFixed(2)} ms`;
}
