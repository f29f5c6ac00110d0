/** The figures of the calls, one below the other, on the axis of the tape. */
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
  const ratio = devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const ink = canvas.getContext("2d");
  if (!ink) return;
  ink.scale(ratio, ratio);
  const style = getComputedStyle(document.documentElement);
  const colors = {
    line: style.getPropertyValue("--line"),
    text: style.getPropertyValue("--ink2"),
    paper: style.getPropertyValue("--paper"),
    font: `11px ${style.getPropertyValue("--mono")}`,
    of: (version: string) => style.getPropertyValue(colorOf(version)),
  };
  const tall = height / LANES.length;
  const tops = LANES.map((lane, i) =>
    drawLane(ink, lane, samples, { at, width, top: i * tall, tall, colors }),
  );
  const text = LANES.map(({ name, shown }, i) => `${name} up to ${shown(tops[i]!)}`).join(", ");
  canvas.setAttribute("aria-label", `Of each version: ${text}`);
}
