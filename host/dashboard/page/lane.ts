/** One figure of the calls over the time, for each version in its generation's color. */
import { ground, type Ink, label, roundUp } from "./ink.ts";
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
  readonly top: number;
  readonly tall: number;
}

/** Pixels above a lane's scale, which its name takes. */
const HEAD = 26;

/** @returns where its scale ends */
export function drawLane(ink: Ink, lane: Lane, samples: readonly Sample[], place: Place): number {
  const { top, tall } = place;
  const most = scaleOf(lane, samples);
  const foot = Math.round(top + tall) - 1.5;
  const room = tall - HEAD - 2;
  for (const sample of samples) drawSample(ink, lane, sample, { ...place, foot, room, most });
  ink.draw.globalAlpha = 1;
  ground(ink, foot + 1);
  label(ink, `${lane.name} · ${lane.shown(most)}`, Math.round(top + HEAD) - 0.5);
  return most;
}

interface Scaled extends Place {
  readonly foot: number;
  readonly room: number;
  readonly most: number;
}

function drawSample({ draw, colors }: Ink, lane: Lane, sample: Sample, scaled: Scaled): void {
  const { at, foot, room, most } = scaled;
  const left = Math.round(at(sample.from));
  const wide = Math.max(1, Math.round(at(sample.to)) - left - (lane.bars ? 1 : 0));
  let below = 0;
  for (const part of sample.parts) {
    const high = (room * Math.min(most, lane.value(part, secondsOf(sample)))) / most;
    draw.fillStyle = colors.of(part.version);
    draw.globalAlpha = lane.bars ? 0.55 : 0.16;
    draw.fillRect(left, foot - below - high, wide, high);
    draw.globalAlpha = 1;
    if (!lane.bars) draw.fillRect(left, foot - high - (high > 0 ? 1 : 0), wide, 2);
    if (lane.bars) below += high;
  }
}

function secondsOf({ from, to }: Sample): number {
  return (to - from) / 1000;
}

function scaleOf({ bars, least, value }: Lane, samples: readonly Sample[]): number {
  let most = least;
  for (const sample of samples) {
    const values = sample.parts.map((part) => value(part, secondsOf(sample)));
    most = Math.max(most, bars ? values.reduce((sum, each) => sum + each, 0) : Math.max(0, ...values));
  }
  return roundUp(most);
}
