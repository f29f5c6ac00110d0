/** One line that is drawn over and over, for a person who waits. */
import type { Terminal } from "../terminal.ts";

export interface Progress {
  /** @param share of all the work, from 0 to 1 */
  draw(what: string, share: number): void;
  /** Takes the line away. */
  end(): void;
}

/** Milliseconds between two drawings of the same work. */
const PACE = 100;
const WIDTH = 24;
/** One line up, and all of it empty. */
const OVER = "\x1b[1A\x1b[2K";

/** Draws where somebody watches, and nothing elsewhere. */
export function progress(terminal: Terminal): Progress {
  let drawn = false;
  let last = 0;
  let before = "";
  return {
    draw(what, share) {
      const now = performance.now();
      if (!terminal.live || (what === before && now - last < PACE)) return;
      last = now;
      before = what;
      const full = Math.round(Math.min(1, Math.max(0, share)) * WIDTH);
      const bar = `[${"=".repeat(full)}${" ".repeat(WIDTH - full)}] `;
      // Of two lines only the second would be drawn over.
      terminal.complain(`${drawn ? OVER : ""}${(bar + what).slice(0, terminal.columns - 1)}`);
      drawn = true;
    },
    end() {
      // A line without its end: what comes next begins here.
      if (drawn) terminal.complain("\x1b[1A\x1b[2K\x1b[1A");
      drawn = false;
    },
  };
}
