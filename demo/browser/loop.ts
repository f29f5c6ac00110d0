/** The loop of frames: it never waits for the plugin, and tells the tape of every frame, its own loading included. */
import type { GardenView } from "./garden-view.ts";
import { describeTape, drawTape, type Reel } from "./tape-view.ts";
import type { Texts } from "./texts.ts";
import type { World } from "./world.ts";

const SECOND = 1000;

export interface Loop {
  /** Milliseconds since the frame that is under way was asked for. */
  readonly waited: number;
}

/** What the frames are of. */
export interface Looped extends Reel {
  readonly garden: GardenView;
  /** Missing before it is loaded. */
  readonly world: World | undefined;
  readonly paused: boolean;
  /** Whether a version has to run, in a garden that stands still too: no time passes in it then. */
  readonly trying: boolean;
  readonly texts: Texts;
  goBack(index: number): Promise<void>;
}

export function loop(page: Looped): Loop {
  let last = performance.now();
  let turn = 0;
  let pending = false;
  let asked = last;
  /** Asks for the next frame. While an answer is awaited, the world stands, and the page does not. */
  const step = async (world: World, seconds: number) => {
    if (pending) return;
    pending = true;
    asked = performance.now();
    const { width, height } = page.garden.size;
    try {
      page.garden.take(await world.frame(seconds, width, height));
    } catch {
      // What ended it is told by a transition.
    }
    pending = false;
  };
  const frame = (now: number) => {
    requestAnimationFrame(frame);
    const ms = now - last;
    last = now;
    if (ms > 0) page.frames.add(now, ms);
    if (page.world && !page.paused) {
      void step(page.world, Math.min(ms, 34) / SECOND);
      page.garden.paint(ms / SECOND);
    } else if (page.world && page.trying) void step(page.world, 0);
    turn++;
    if (turn % 4 === 0) drawTape(page, page.texts, now, (index) => void page.goBack(index));
    if (turn % 8 === 1 && !page.paused) page.garden.values();
    if (turn % 60 === 2 && !page.paused) page.garden.histograms();
    if (turn % 240 === 3) describeTape(page, page.texts, now);
  };
  requestAnimationFrame(frame);
  return {
    get waited() {
      return performance.now() - asked;
    },
  };
}
