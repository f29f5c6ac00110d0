/** One line that is drawn over and over, for a user who waits. */
import type { Terminal } from "../terminal.ts";

export interface Progress {
  /** @param share the share of all the work, from 0 to 1 */
  draw(what: string, share: number): void;
  /** Removes the line. */
  end(): void;
}

/** Milliseconds between two drawings of the same work. */
const PACE = 100;
const WIDTH = 24;
/** One line up, and clear that line. */
const OVER = "\x1b[1A\x1b[2K";

/** Draws on a terminal, and nothing elsewhere. */
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
      // Only the second of two lines could be drawn over, so the line must not break.
      terminal.complain(`${drawn ? OVER : ""}${(bar + what).slice(0, terminal.columns - 1)}`);
      drawn = true;
    },
    end() {
      // The cursor is left at the beginning of the cleared line.
      if (drawn) terminal.complain("\x1b[1A\x1b[2K\x1b[1A");
      drawn = false;
    },
  };
}
