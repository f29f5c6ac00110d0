/** The figures of the calls, one below the other, on the axis of the tape. */
import { inkOf } from "./ink.ts";
import { drawLane, type Lane } from "./lane.ts";
import type { Sample } from "./samples.ts";
import { percent } from "./words.ts";

/** From top to bottom. */
const LANES: readonly Lane[] = [
  {
    name: "calls per second",
    bars: true,
    least: 10,
    value: ({ calls }, seconds) => calls / seconds,
    shown: (value) => String(value),
  },
  {
    name: "p99",
    bars: false,
    least: 1,
    value: ({ latency }) => latency.quantile(0.99) ?? 0,
    shown: (value) => `${value} ms`,
  },
  {
    name: "failed",
    bars: false,
    least: 0.01,
    value: ({ calls, failed }) => failed / calls,
    shown: (value) => percent(value),
  },
];

export interface LanesPlace {
  /** Pixels from the left, of a time. */
  at(time: number): number;
  /** The name of a version's color. */
  colorOf(version: string): string;
}

export function drawLanes(
  canvas: HTMLCanvasElement,
  samples: readonly Sample[],
  { at, colorOf }: LanesPlace,
): void {
  const ink = inkOf(canvas, colorOf);
  if (!ink) return;
  const tall = ink.height / LANES.length;
  const tops = LANES.map((lane, i) => drawLane(ink, lane, samples, { at, top: i * tall, tall }));
  const text = LANES.map(({ name, shown }, i) => `${name} up to ${shown(tops[i]!)}`).join(", ");
  canvas.setAttribute("aria-label", `Of each version: ${text}`);
}
