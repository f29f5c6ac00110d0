/** Sentences and figures. Each sentence says what happened, then who serves. */
import type { Transition, VersionRecord } from "../../transition.ts";

export function duration(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return "–";
  if (milliseconds < 1) return `${Math.round(milliseconds * 1000)} µs`;
  if (milliseconds < 1000) return `${milliseconds.toPrecision(3)} ms`;
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

export function count(number: number): string {
  return number.toLocaleString("en");
}

/** @param part from 0 to 1 */
export function percent(part: number): string {
  if (part === 0) return "0%";
  return part < 0.0001 ? "<0.01%" : `${Number((part * 100).toPrecision(part < 0.1 ? 2 : 3))}%`;
}

export function named({ version, generation }: VersionRecord): string {
  return `generation ${generation} (${version})`;
}

/** Whether it leads to another version, or leaves the one that serves. */
export function took({ outcome }: Transition): boolean {
  return outcome === "swapped" || outcome === "rolled-back" || outcome === "restarted";
}

/** @param brief leaves out the code of what caused it */
export function told(record: Transition, brief = false): string {
  const { outcome, from, to, pause, cause } = record;
  const next = to ? named(to) : "a source that could not be read";
  const why = cause && !brief ? ` (${cause.code})` : "";
  const on = `G${named(from).slice(1)} serves on.`;
  switch (outcome) {
    case "swapped":
      return `G${next.slice(1)} took over in ${duration(pause)}.`;
    case "rolled-back":
      return `Rolled back to ${next} in ${duration(pause)}${why}.`;
    case "restarted":
      return `Restarted as ${next} in ${duration(pause)}${why}.`;
    case "permanent":
      return `G${named(to ?? from).slice(1)} was accepted for good.`;
    case "rehearsed":
      return `A dry run of ${next}. ${on}`;
    case "refused":
      return `Refused ${next}${why}. ${on}`;
    case "not-rolled-back":
      return `Not rolled back${why}. ${on}`;
    case "not-restarted":
      return `Not restarted${why}.`;
  }
}

/** In a word or a figure: for a mark in the tape. */
export function marked(record: Transition): string {
  return took(record) ? duration(record.pause) : record.outcome.replaceAll("-", " ");
}
