/** The output for people: a few live lines on a terminal, or plain lines anywhere else. */
import { styleText } from "node:util";
import type { Story, Watcher } from "./story.ts";
import { wrap } from "./wrap.ts";

const COLOURS = { good: "green", refused: "yellow", plain: "dim" } as const;

/** @param out a terminal gets colours (unless NO_COLOR is set) and lines that are redrawn */
export function view(out: NodeJS.WriteStream): Watcher & { readonly end: () => void } {
  const colours = out.isTTY && !process.env.NO_COLOR;
  const paint = (kind: keyof typeof COLOURS, text: string) =>
    colours ? styleText(COLOURS[kind], text) : text;
  const speed = speedometer();
  let drawn = 0;
  let last = 0;

  const erase = () => {
    if (drawn > 0) out.write(`\r\x1b[${drawn}A\x1b[J`);
    drawn = 0;
  };
  const draw = (story: Story) => {
    erase();
    const { plugin, line, plain } = story;
    const first = fold(
      out,
      `  ${plugin.name} ${plugin.version}   ${count(line)} lines   ${count(speed(line))} lines/s`,
    );
    const second = fold(
      out,
      `  generation ${plugin.generation}   state ${count(story.stateBytes)} bytes   malformed ${plain.malformed}`,
    );
    out.write(`\n${first}\n${paint("plain", second)}\n`);
    drawn = `${first}\n${second}`.split("\n").length + 1;
  };

  return {
    progress(story) {
      const now = performance.now();
      if (!out.isTTY || now - last < 50) return;
      last = now;
      draw(story);
    },
    event(text, kind) {
      if (out.isTTY) erase();
      const mark = { good: "✓", refused: "✗", plain: "·" }[kind];
      out.write(`${paint(kind, fold(out, `${mark} ${printable(text)}`))}\n`);
    },
    end: erase,
  };
}

/** Wraps between words, at the current width of the terminal; a pipe has no width. */
export function fold(out: NodeJS.WriteStream, text: string): string {
  return out.isTTY && out.columns ? wrap(text, out.columns, 2) : text;
}

/** Lines per second over about the last second. */
function speedometer(): (line: number) => number {
  let [since, from, speed] = [performance.now(), 0, 0];
  return (line) => {
    const now = performance.now();
    if (now - since > 500) {
      speed = Math.round(((line - from) / (now - since)) * 1000);
      since = now;
      from = line;
    }
    return speed || Math.round((line / (now - since + 1)) * 1000);
  };
}

function count(n: number): string {
  return n.toLocaleString("en-US");
}

/** Text of a log without control characters, which could steer the terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "�");
}
