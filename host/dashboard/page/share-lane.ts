/** Who has which share of the calls, over the time: each version's color grows as its share does. */
import type { Share } from "../../release/mod.ts";
import type { PluginView, SharesFrom } from "../board.ts";
import { byId, element } from "./element.ts";
import { inkOf } from "./ink.ts";
import { share, sharesTold } from "./rollout-words.ts";
import type { Sample } from "./samples.ts";

export interface SharePlace {
  /** Pixels from the left, of a time. */
  at(time: number): number;
  readonly width: number;
  /** The name of a version's color. */
  colorOf(version: string): string;
}

/** Pixels of the lane. */
const TALL = 64;
/** Pixels that a mark's word takes. */
const WORD = 70;

export function drawShares({ shares: all, split }: PluginView, place: SharePlace): void {
  const lane = byId("shares");
  const shares = seen(all);
  lane.replaceChildren(...shares.flatMap((each, i) => blocksOf(each, shares[i + 1], place)));
  lane.setAttribute("aria-label", `Shares: ${sharesTold(split)}`);
}

/** Changes of what has a share at all: a version that is only loaded changes nothing that is seen. */
export function seen(all: readonly SharesFrom[]): SharesFrom[] {
  const own = all.map(({ at, split }) => ({ at, split: split.filter(({ weight }) => weight > 0) }));
  return own.filter(({ split }, i) => JSON.stringify(split) !== JSON.stringify(own[i - 1]?.split));
}

/** From one change to the next. The stable version lies on top, so that what is new grows from below. */
function blocksOf({ at, split }: SharesFrom, next: SharesFrom | undefined, place: SharePlace): HTMLElement[] {
  const left = at === 0 ? 0 : Math.max(0, place.at(at));
  const right = next ? Math.min(place.width, place.at(next.at)) : place.width;
  if (right <= left) return [];
  let top = 0;
  return split.map(({ version, weight }) => {
    const tall = (TALL * weight) / 100;
    const wide = right - left;
    const small = wide < 56 || tall < 18 ? "short" : wide < 120 && "narrow";
    const kind = [small, !next && "now"].filter(Boolean).join(" ");
    const block = element(
      "i",
      { kind, color: `var(${place.colorOf(version)})` },
      element("b", {}, share(weight)),
      element("span", {}, version),
    );
    block.title = `${version} has ${share(weight)}`;
    block.style.left = `${left}px`;
    block.style.width = `${right - left}px`;
    block.style.top = `${top}px`;
    // It is seen, however small it is.
    block.style.height = `${Math.max(2, tall)}px`;
    top += tall;
    return block;
  });
}

/**
 * What each version had of the calls, as lines across its share: where they lie on the borders of the areas, the calls
 * come as the plan says.
 */
export function drawGot(
  samples: readonly Sample[],
  { order, shares, split }: PluginView,
  place: SharePlace,
): void {
  const ink = inkOf(byId<HTMLCanvasElement>("got"), place.colorOf);
  if (!ink) return;
  const { draw, colors } = ink;
  const versions = [...new Set([...split.map(({ version }) => version), ...order])];
  const now = place.at(seen(shares).at(-1)?.at ?? 0);
  draw.lineWidth = 1.5;
  for (const { from, to, parts } of samples) {
    const all = parts.reduce((sum, { calls }) => sum + calls, 0);
    const [left, right] = [place.at(from), place.at(to)];
    // The shares of now are filled.
    draw.strokeStyle = right > now ? colors.on : colors.ink;
    for (let i = 1; i < versions.length; i++) {
      const above = parts.filter(({ version }) => versions.indexOf(version) < i);
      const part = above.reduce((sum, { calls }) => sum + calls, 0) / all;
      // Where a version had all or nothing, there is nothing to be parted.
      if (!(part > 0 && part < 1)) continue;
      const y = Math.max(1, Math.min(TALL - 1, TALL * part));
      draw.beginPath();
      draw.moveTo(left, y);
      draw.lineTo(right, y);
      draw.stroke();
    }
  }
  // Words are not struck through.
  const { left, top } = byId("shares").getBoundingClientRect();
  for (const word of document.querySelectorAll("#shares i > *")) {
    const box = word.getBoundingClientRect();
    draw.clearRect(box.left - left - 9, box.top - top, box.width + 14, box.height);
  }
}

/** A line through all lanes where the shares changed, with what the version got that got more. */
export function drawShareMarks({ shares: all, rollout }: PluginView, place: SharePlace): void {
  const shares = seen(all);
  const changes = shares.flatMap((each, i) => {
    const before = shares[i - 1];
    const x = place.at(each.at);
    if (!before || x < 0 || x > place.width) return [];
    const aborted = rollout?.phase === "aborted" && i === shares.length - 1;
    const { version, weight } = gainer(before.split, each.split);
    const word = aborted ? "aborted" : share(weight);
    return [{ x, word, color: aborted ? rollout.to : version, refused: aborted }];
  });
  const marks = changes.map(({ x, word, color, refused }, i) => {
    const next = changes[i + 1]?.x ?? Number.POSITIVE_INFINITY;
    const before = changes[i - 1]?.x ?? 0;
    const side =
      x + WORD > place.width ? (x - before > WORD ? "left" : "bare") : next - x > WORD ? "" : "bare";
    const mark = element("span", { kind: `${side} ${refused ? "refused" : ""}` }, word);
    mark.style.setProperty("--c", `var(${place.colorOf(color)})`);
    mark.style.left = `${x}px`;
    return mark;
  });
  byId("marks").replaceChildren(...marks);
}

/** The version that got most. */
function gainer(before: readonly Share[], now: readonly Share[]): Share {
  const gained = ({ version, weight }: Share) =>
    weight - (before.find((each) => each.version === version)?.weight ?? 0);
  return [...now].sort((a, b) => gained(b) - gained(a))[0]!;
}
