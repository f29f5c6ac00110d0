/** Which node has how many keys, over the time: a lane each, on one scale, so that what one hands over is seen to arrive. */
import type { KeyedLine, KeysFrom, PluginView } from "../board.ts";
import { byId, tell } from "./element.ts";
import { ground, type Ink, inkOf, label, roundUp } from "./ink.ts";
import type { LanesPlace } from "./lanes.ts";
import { count } from "./words.ts";

/** Pixels of a lane: of its name, and of its scale. */
const [HEAD, ROOM] = [14, 22];
const TALL = HEAD + ROOM + 2;
/** The scale reaches to this, at least. */
const LEAST = 10;

export function drawKeys({ keyed, order }: PluginView, place: LanesPlace): void {
  const canvas = byId<HTMLCanvasElement>("keys");
  const lanes = (keyed?.nodes ?? []).filter(({ past }) => past !== undefined);
  canvas.hidden = lanes.length === 0;
  document.documentElement.style.setProperty("--keys", `${lanes.length * TALL}px`);
  tell(byId("keys-text"), lanes.map(toldOf).join(" "));
  const ink = canvas.hidden ? undefined : inkOf(canvas, place.colorOf);
  if (!ink) return;
  const all = lanes.flatMap(({ past = [] }) => past.filter((_, i) => inView(past, i, place)));
  const most = roundUp(Math.max(LEAST, ...all.map(({ keys }) => sumOf(keys))));
  for (const [i, each] of lanes.entries())
    drawNode(ink, each, { place, order, most, top: i * TALL, isFirst: i === 0 });
}

interface Row {
  readonly place: LanesPlace;
  /** Versions from the ground up. */
  readonly order: readonly string[];
  readonly most: number;
  readonly top: number;
  readonly isFirst: boolean;
}

function drawNode(ink: Ink, { node, keys, past = [], left }: KeyedLine, row: Row): void {
  const { place, order, most, top, isFirst } = row;
  const foot = top + TALL - 1.5;
  past.forEach((each, i) => {
    if (!inView(past, i, place)) return;
    const from = Math.max(0, Math.round(place.at(each.at)));
    const next = past[i + 1];
    const to = next ? Math.round(place.at(next.at)) : ink.width;
    let below = 0;
    for (const version of [...order].filter((name) => Object.hasOwn(each.keys, name))) {
      const high = (ROOM * each.keys[version]!) / most;
      ink.draw.fillStyle = ink.colors.of(version);
      ink.draw.globalAlpha = 0.55;
      ink.draw.fillRect(from, foot - below - high, Math.max(1, to - from), high);
      below += high;
    }
    ink.draw.globalAlpha = 1;
  });
  ground(ink, foot + 1);
  const scale = isFirst ? ` · up to ${count(most)}` : "";
  label(ink, `keys of ${node.slice(0, 8)} · ${left ? "left" : count(sumOf(keys))}${scale}`, top + HEAD - 0.5);
}

/** Whether what began then is still seen. */
function inView(past: readonly KeysFrom[], i: number, { at }: LanesPlace): boolean {
  const next = past[i + 1];
  return !next || at(next.at) > 0;
}

function toldOf({ node, keys, left }: KeyedLine): string {
  return left ? `${node} has left.` : `${node} has ${count(sumOf(keys))} keys.`;
}

/** @returns the keys of all versions together */
export function sumOf(keys: Readonly<Record<string, number>>): number {
  return Object.values(keys).reduce((sum, each) => sum + each, 0);
}
