/** One figure of the calls over the time, for each version in its generation's color. */
import type { Part, Sample } from "./samples.ts";

export interface Lane {
  readonly name: string;
  /** Bars of versions on one another; else a step for each. */
  readonly bars: boolean;
  /** The scale reaches to this, at least. */
  readonly least: number;
  value(part: Part, seconds: number): number;
  shown(value: number): string;
}

export interface Place {
  at(time: number): number;
  readonly width: number;
  readonly top: number;
  readonly tall: number;
  readonly colors: {
    readonly line: string;
    readonly text: string;
    readonly paper: string;
    readonly font: string;
    of(version: string): string;
  };
}

/** Pixels above a lane's scale, which its name takes. */
const HEAD = 26;

/** @returns where its scale ends */
export function drawLane(
  ink: CanvasRenderingContext2D,
  lane: Lane,
  samples: readonly Sample[],
  place: Place,
): number {
  const { width, top, tall, colors } = place;
  const most = scaleOf(lane, samples);
  const foot = Math.round(top + tall) - 1.5;
  const room = tall - HEAD - 2;
  for (const sample of samples) drawSample(ink, lane, sample, { ...place, foot, room, most });
  ink.globalAlpha = 1;
  ink.strokeStyle = colors.line;
  ink.lineWidth = 1;
  ink.beginPath();
  ink.moveTo(0, foot + 1);
  ink.lineTo(width, foot + 1);
  ink.stroke();
  // Its name stands on paper, whatever runs below it.
  ink.font = colors.font;
  const text = `${lane.name} · ${lane.shown(most)}`;
  const length = ink.measureText(text).width;
  const line = Math.round(top + HEAD) - 0.5;
  ink.beginPath();
  ink.moveTo(length + 8, line);
  ink.lineTo(width, line);
  ink.setLineDash([1, 3]);
  ink.stroke();
  ink.setLineDash([]);
  ink.fillStyle = colors.text;
  ink.fillText(text, 0, line + 4);
  return most;
}

interface Scaled extends Place {
  readonly foot: number;
  readonly room: number;
  readonly most: number;
}

function drawSample(ink: CanvasRenderingContext2D, lane: Lane, sample: Sample, scaled: Scaled): void {
  const { at, foot, room, most, colors } = scaled;
  const left = Math.round(at(sample.from));
  const wide = Math.max(1, Math.round(at(sample.to)) - left - (lane.bars ? 1 : 0));
  let below = 0;
  for (const part of sample.parts) {
    const high = (room * Math.min(most, lane.value(part, secondsOf(sample)))) / most;
    ink.fillStyle = colors.of(part.version);
    ink.globalAlpha = lane.bars ? 0.55 : 0.16;
    ink.fillRect(left, foot - below - high, wide, high);
    ink.globalAlpha = 1;
    if (!lane.bars) ink.fillRect(left, foot - high - (high > 0 ? 1 : 0), wide, 2);
    if (lane.bars) below += high;
  }
}

function secondsOf({ from, to }: Sample): number {
  return (to - from) / 1000;
}

/** The next of 1, 2 and 5 with zeros that nothing is above. */
function scaleOf({ bars, least, value }: Lane, samples: readonly Sample[]): number {
  let most = least;
  for (const sample of samples) {
    const values = sample.parts.map((part) => value(part, secondsOf(sample)));
    most = Math.max(most, bars ? values.reduce((sum, each) => sum + each, 0) : Math.max(0, ...values));
  }
  const ten = 10 ** Math.floor(Math.log10(most));
  return Number(([1, 2, 5, 10].find((step) => step * ten >= most * 0.9999)! * ten).toPrecision(3));
}
