/** The tape: generations and frames on one axis of time. */
import type { Name } from "./breaks.ts";

export interface Generation {
  readonly n: number;
  readonly name: Name;
  /** Milliseconds of the page's clock. */
  readonly from: number;
  /** It trapped, or was stopped. */
  readonly gone: boolean;
  readonly source: string;
}

export interface Mark {
  readonly at: number;
  readonly n: number;
  readonly kind: "swap" | "refused" | "stopped";
  /** Of a swap: its pause, in microseconds. */
  readonly us?: number;
}

/** The times of the last frames, raw: a ring that a minute fits in. */
export class Frames {
  readonly #size = 1 << 14;
  readonly #at = new Float64Array(this.#size);
  readonly #ms = new Float32Array(this.#size);
  #count = 0;
  longest = 0;

  add(at: number, ms: number): void {
    const k = this.#count++ % this.#size;
    this.#at[k] = at;
    this.#ms[k] = ms;
    this.longest = Math.max(this.longest, ms);
  }

  /** Newest first, until `from`. */
  *since(from: number): Generator<readonly [at: number, ms: number]> {
    for (let i = this.#count - 1; i >= Math.max(0, this.#count - this.#size); i--) {
      const k = i % this.#size;
      if (this.#at[k]! < from) return;
      yield [this.#at[k]!, this.#ms[k]!];
    }
  }
}

export interface Axis {
  /** Milliseconds that the tape shows. */
  readonly span: number;
  readonly width: number;
  readonly now: number;
}

/** Where a moment lies on the tape. */
export function placeOf(at: number, { span, width, now }: Axis): number {
  return Math.max(0, (1 - (now - at) / span) * width);
}

const HEIGHT = 62;

export interface Style {
  color(generation: number): string;
  readonly line: string;
  readonly ink: string;
  readonly paper: string;
  readonly mono: string;
}

/** Draws every frame as a bar, from 0 to 50 ms, in the colour of the generation that made it. */
export function drawFrames(
  canvas: HTMLCanvasElement,
  frames: Frames,
  generations: readonly Generation[],
  axis: Axis,
  style: Style,
): void {
  const ratio = devicePixelRatio || 1;
  const { width, now, span } = axis;
  if (canvas.width !== Math.round(width * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(HEIGHT * ratio);
  }
  const c = canvas.getContext("2d")!;
  c.setTransform(ratio, 0, 0, ratio, 0, 0);
  c.clearRect(0, 0, width, HEIGHT);
  const top = (ms: number) => HEIGHT - (Math.min(ms, 54) / 50) * (HEIGHT - 8);
  c.fillStyle = style.line;
  c.fillRect(0, Math.round(top(50)), width, 1);
  const columns = new Float32Array(Math.ceil(width / 2));
  for (const [at, ms] of frames.since(now - span)) {
    const column = Math.floor(placeOf(at, axis) / 2);
    if (column < columns.length) columns[column] = Math.max(columns[column]!, ms);
  }
  let current = 0;
  columns.forEach((ms, k) => {
    if (!ms) return;
    const at = now - span * (1 - (k * 2 + 1) / width);
    while (current < generations.length - 1 && generations[current + 1]!.from <= at) current++;
    c.globalAlpha = ms > 20 ? 1 : 0.42;
    c.fillStyle = style.color(generations[current]!.n);
    const y = top(ms);
    c.fillRect(k * 2, y, 1.25, HEIGHT - y);
  });
  c.globalAlpha = 1;
  c.font = `11px ${style.mono}`;
  for (const [text, y] of [
    ["50 ms", top(50) + 4],
    ["16.7 ms", top(16.7) - 5],
  ] as const) {
    c.fillStyle = style.paper;
    c.fillRect(0, y - 9, c.measureText(text).width + 7, 12);
    c.fillStyle = style.ink;
    c.fillText(text, 0, y);
  }
}
