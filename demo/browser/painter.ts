/** Draws the garden on its canvas: every particle a stroke that fades, in the colour of the code that planted it. */
import { COUNT, type Particles } from "./particles.ts";

export type Rgb = readonly [number, number, number];

export interface Ink {
  /** Red, green and blue for each number that `planted` can have. */
  readonly colors: Float32Array;
  readonly paper: Rgb;
  readonly strength: number;
}

/** Pixels at most: more would be paid for in every frame. */
const MOST = 9e5;
/** What is left of a stroke after a frame of 1/60 s. */
const KEEP = 0.8;

export class Painter {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #image: ImageData | undefined;
  #buffer = new Float32Array(0);
  #scale = 1;
  width = 0;
  height = 0;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { alpha: false })!;
  }

  /** Takes the size that the canvas has on the page. */
  resize(paper: Rgb): void {
    const { width, height } = this.#canvas.getBoundingClientRect();
    this.width = Math.max(1, Math.round(width));
    this.height = Math.max(1, Math.round(height));
    this.#scale = Math.min(devicePixelRatio || 1, Math.sqrt(MOST / (this.width * this.height)));
    const [w, h] = [Math.round(this.width * this.#scale), Math.round(this.height * this.#scale)];
    this.#canvas.width = w;
    this.#canvas.height = h;
    this.#image = this.#context.createImageData(w, h);
    this.#buffer = new Float32Array(w * h * 3);
    this.clear(paper);
  }

  /** Leaves nothing but paper. */
  clear([red, green, blue]: Rgb): void {
    const buffer = this.#buffer;
    for (let j = 0; j < buffer.length; j += 3) {
      buffer[j] = red;
      buffer[j + 1] = green;
      buffer[j + 2] = blue;
    }
  }

  /** @param seconds since the frame before: strokes fade by time, not by frames */
  paint(particles: Particles, ink: Ink, seconds: number): void {
    if (!this.#image) return;
    this.#strokes(particles, ink);
    this.#show(ink.paper, KEEP ** Math.min(4, Math.max(0.5, seconds * 60)));
    this.#context.putImageData(this.#image, 0, 0);
  }

  #strokes({ x, y, age, planted }: Particles, { colors, strength }: Ink): void {
    const { width, height } = this.#canvas;
    const scale = this.#scale;
    const thick = scale > 1.3;
    for (let i = 0; i < COUNT; i++) {
      const fx = x[i]! * scale;
      const fy = y[i]! * scale;
      const left = fx | 0;
      const top = fy | 0;
      if (fx < 0 || fy < 0 || left >= width - 2 || top >= height - 2) continue;
      const color = planted[i]! * 3;
      const a = age[i]!;
      const full = strength * (a < 0.8 ? 0.55 + 0.56 * a : 0.75 * (1 - (a - 0.8) / 0.2) + 0.12);
      const at = (top * width + left) * 3;
      const below = at + width * 3;
      if (thick) {
        const m = full * 0.9;
        this.#dab(at, colors, color, m);
        this.#dab(at + 3, colors, color, m);
        this.#dab(below, colors, color, m);
        this.#dab(below + 3, colors, color, m);
        continue;
      }
      const wx = fx - left;
      const wy = fy - top;
      const m = full * 1.5;
      this.#dab(at, colors, color, m * (1 - wx) * (1 - wy));
      this.#dab(at + 3, colors, color, m * wx * (1 - wy));
      this.#dab(below, colors, color, m * (1 - wx) * wy);
      this.#dab(below + 3, colors, color, m * wx * wy);
    }
  }

  #dab(j: number, colors: Float32Array, color: number, share: number): void {
    const buffer = this.#buffer;
    const m = share > 1 ? 1 : share;
    buffer[j]! += (colors[color]! - buffer[j]!) * m;
    buffer[j + 1]! += (colors[color + 1]! - buffer[j + 1]!) * m;
    buffer[j + 2]! += (colors[color + 2]! - buffer[j + 2]!) * m;
  }

  /** Copies the buffer into the picture, and lets it fade. */
  #show([red, green, blue]: Rgb, keep: number): void {
    const buffer = this.#buffer;
    const { data } = this.#image!;
    const [r, g, b] = [red * (1 - keep), green * (1 - keep), blue * (1 - keep)];
    for (let j = 0, p = 0; j < buffer.length; j += 3, p += 4) {
      data[p] = buffer[j]!;
      data[p + 1] = buffer[j + 1]!;
      data[p + 2] = buffer[j + 2]!;
      data[p + 3] = 255;
      buffer[j] = buffer[j]! * keep + r;
      buffer[j + 1] = buffer[j + 1]! * keep + g;
      buffer[j + 2] = buffer[j + 2]! * keep + b;
    }
  }

  /** Draws a ring around one particle, with its number. */
  ring({ x, y }: Particles, one: { index: number; text: string; ink: string; paper: string }): void {
    const c = this.#context;
    const s = this.#scale;
    const [px, py] = [x[one.index]! * s, y[one.index]! * s];
    c.lineWidth = 1.5 * s;
    c.strokeStyle = one.ink;
    c.beginPath();
    c.arc(px, py, 9 * s, 0, 7);
    c.stroke();
    c.font = `500 ${11.5 * s}px "JetBrains Mono", ui-monospace, monospace`;
    const wide = c.measureText(one.text).width;
    // The label keeps inside.
    const side = px + 40 * s + wide > this.#canvas.width ? -1 : 1;
    const up = py < 34 * s ? -1 : 1;
    c.beginPath();
    c.moveTo(px + side * 6.5 * s, py - up * 6.5 * s);
    c.lineTo(px + side * 22 * s, py - up * 22 * s);
    c.lineTo(px + side * 28 * s, py - up * 22 * s);
    c.stroke();
    const at = side > 0 ? px + 29 * s : px - 39 * s - wide;
    const base = py - up * 22 * s;
    c.fillStyle = one.paper;
    c.fillRect(at, base - 9 * s, wide + 10 * s, 18 * s);
    c.fillStyle = one.ink;
    c.fillText(one.text, at + 5 * s, base + 4 * s);
  }

  /** The particle nearest to a point of the canvas, in its flower. */
  nearest({ x, y, age }: Particles, px: number, py: number): number {
    let best = Number.POSITIVE_INFINITY;
    let at = 0;
    for (let i = 0; i < COUNT; i++) {
      const d = (x[i]! - px) ** 2 + (y[i]! - py) ** 2;
      if (d < best && age[i]! < 0.7) {
        best = d;
        at = i;
      }
    }
    return at;
  }
}
