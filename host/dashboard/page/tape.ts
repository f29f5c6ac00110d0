/** One axis of time: which generation served, and what its calls came to. */
import type { Transition, VersionRecord } from "../../transition.ts";
import type { Live } from "../live.ts";
import { colorOf, generationsOf } from "./colors.ts";
import { byId, element, tell } from "./element.ts";
import { drawLanes } from "./lanes.ts";
import type { Samples } from "./samples.ts";
import { marked, took } from "./words.ts";

/** Milliseconds: on a wide page, and a narrow one. */
export const WINDOW = 60_000;
const NARROW = 30_000;

/** Milliseconds that a tape shows: tells its axis. @param width pixels */
export function windowOf(width: number): number {
  const window = width < 600 ? NARROW : WINDOW;
  tell(byId("ago"), `${window / 1000} s ago`);
  tell(byId("half"), `${window / 2000} s ago`);
  return window;
}

/** Pixels that a mark's word takes. */
const WORD = 84;

interface Segment {
  readonly version: VersionRecord;
  readonly from: number;
  readonly rolledBack: boolean;
}

export function drawTape(live: Live, records: readonly Transition[], samples: Samples): void {
  const canvas = byId<HTMLCanvasElement>("plots");
  const width = canvas.clientWidth;
  if (width === 0) return;
  const window = windowOf(width);
  const at = (time: number) => width * (1 - (live.now - time) / window);
  drawGenerations(segmentsOf(live, records), at, width);
  drawMarks(
    records.filter((record) => endOf(record) > live.now - window),
    at,
    width,
  );
  const known = generationsOf(records, live.version);
  drawLanes(canvas, samples.all, { at, colorOf: (version) => colorOf(known.get(version) ?? 1) });
}

function endOf({ at, total }: Transition): number {
  return at + total;
}

/** Who served from when on, oldest first. */
function segmentsOf({ version, now }: Live, records: readonly Transition[]): Segment[] {
  const changes = records.filter((record) => took(record) && record.to);
  const first = changes[0]?.from ?? version;
  const segments: Segment[] = [{ version: first, from: Number.NEGATIVE_INFINITY, rolledBack: false }];
  for (const record of changes) {
    if (record.outcome === "rolled-back") {
      const last = segments.at(-1)!;
      segments[segments.length - 1] = { ...last, rolledBack: true };
    }
    segments.push({ version: record.to!, from: endOf(record), rolledBack: false });
  }
  // Its record is not there yet.
  if (segments.at(-1)!.version.generation !== version.generation)
    segments.push({ version, from: now, rolledBack: false });
  return segments;
}

function drawGenerations(segments: readonly Segment[], at: (time: number) => number, width: number): void {
  const items = segments.flatMap(({ version, from, rolledBack }, i) => {
    const next = segments[i + 1];
    const left = Math.max(0, at(from));
    const right = next ? Math.min(width, at(next.from)) : width;
    if (right <= left) return [];
    const item = element(
      "li",
      {
        kind: [right - left < 60 && "short", right - left < 14 && "sliver", rolledBack && "gone"]
          .filter(Boolean)
          .join(" "),
      },
      element("b", {}, String(version.generation)),
      element("span", {}, version.version),
    );
    item.style.setProperty("--c", `var(${colorOf(version.generation)})`);
    item.style.left = `${left}px`;
    item.style.width = `${right - left}px`;
    item.title = `generation ${version.generation}, version ${version.version}`;
    if (!next) item.setAttribute("aria-current", "true");
    return [item];
  });
  byId("generations").replaceChildren(...items);
}

function drawMarks(records: readonly Transition[], at: (time: number) => number, width: number): void {
  const places = records.map((record) => at(endOf(record)));
  const marks = records.map((record, i) => {
    const x = places[i]!;
    const room = (places[i + 1] ?? Number.POSITIVE_INFINITY) - x > WORD;
    const side = x + WORD > width ? (x - (places[i - 1] ?? 0) > WORD ? "left" : "bare") : room ? "" : "bare";
    const mark = element("span", { kind: `${side} ${took(record) ? "" : "refused"}` }, marked(record));
    mark.style.setProperty("--c", `var(${colorOf((record.to ?? record.from).generation)})`);
    mark.style.left = `${x}px`;
    return mark;
  });
  byId("marks").replaceChildren(...marks);
}
