/** The run of the demo for people: live rows on a terminal, or plain lines anywhere else. */
import { Pace } from "./pace.ts";
import { count, gathered, type Out, type Piece, printable, type Row, Screen } from "./screen.ts";
import type { Story, Watcher } from "./story.ts";
import { type Axis, hueOf, sparkline, timeline } from "./strip.ts";

const INDENT = 2;
/** So many lines back does a picture go that has no end. */
const WINDOW = 30_000;

export interface View extends Watcher {
  /** Ends the live rows. @param keep whether the last picture stays */
  end(options?: { keep?: boolean }): void;
}

export function view(out: Out, env?: NodeJS.ProcessEnv): View {
  const screen = new Screen(out, env);
  const pace = new Pace();
  return {
    progress(story) {
      pace.add(performance.now(), story.line);
      screen.show((columns) => rows(story, { columns, pace, screen }));
    },
    event(text, kind) {
      const mark = screen.glyphs[kind];
      const style = kind === "plain" ? "dim" : kind;
      screen.say(`${mark} ${printable(text)}`, style, kind === "refused" ? "cut" : "fold");
    },
    end: (options) => screen.end(options),
  };
}

interface Around {
  readonly columns: number;
  readonly pace: Pace;
  readonly screen: Screen;
}

function rows(story: Story, { columns, pace, screen }: Around): readonly Row[] {
  const { generations, marks, line, total } = story;
  const width = Math.max(10, columns - 2 * INDENT);
  const to = total ?? line;
  const from = story.staying ? Math.max(0, line - WINDOW) : 0;
  const axis: Axis = { from, to: Math.max(to, line), now: line, columns: width };
  const stretches = generations.map(({ firstLine, ...rest }) => ({ from: firstLine - 1, ...rest }));
  const [bar, versions] = timeline(stretches, marks, { axis, glyphs: screen.glyphs });
  const at = (column: number) => from + (column / width) * (axis.to - from);
  const values = Array.from({ length: width }, (_, i) => pace.between(at(i), at(i + 1)));
  const hue = (column: number) =>
    hueOf(stretches.findLast((each) => each.from <= at(column + 1))?.generation ?? 1);
  const indented = (row: Row): Row => [[" ".repeat(INDENT)], ...row];
  return [
    [],
    ...told(story, { columns: width, pace, screen }).map(indented),
    indented(sparkline(values, hue, screen.glyphs)),
    indented(bar),
    indented(versions),
  ];
}

/** Who serves, and what came of it so far, in as few rows as there is room for. */
function told(story: Story, { columns, pace, screen }: Around): Row[] {
  const { plugin, line, total, refused, rolledBack, pausesMs, plain } = story;
  const longest = Math.max(...pausesMs);
  const facts = [
    `${count(line)}${total === undefined ? "" : ` of ${count(total)}`} lines`,
    `${count(Math.round(pace.lately()))} lines/s`,
    `state ${count(story.stateBytes)} bytes`,
    `malformed ${count(plain.malformed)}`,
    ...(pausesMs.length > 0 ? [`${pausesMs.length} swapped`, `longest pause ${longest.toFixed(2)} ms`] : []),
    ...(refused.length > 0 ? [`${refused.length} refused`] : []),
    ...(rolledBack.length > 0 ? [`${rolledBack.length} rolled back`] : []),
  ];
  const who = `${plugin.name} ${plugin.version}`;
  const pieces: Piece[] = [[who, hueOf(plugin.generation)], ...facts.map((each): Piece => [each, "dim"])];
  return gathered(pieces, columns, screen.glyphs);
}
