/** What the calls of each version came to since the server began. */
import { Histogram } from "../../remote/histogram.ts";
import type { VersionTally } from "../../remote/served-measures.ts";
import type { Transition } from "../../transition.ts";
import type { Live } from "../live.ts";
import { colorOf, generationsOf } from "./colors.ts";
import { byId, element, tell } from "./element.ts";
import { failedOf } from "./samples.ts";
import { count, duration, percent } from "./words.ts";

export function showVersions(live: Live, records: readonly Transition[]): void {
  const known = generationsOf(records, live.version);
  showSums(byId("versions"), live.versions, { colorOf: (version) => colorOf(known.get(version) ?? 1) });
  tell(byId("errors"), errorsOf(live.versions, "the server began"));
}

export interface SumsOptions {
  /** The name of a version's color. */
  readonly colorOf: (version: string) => string;
  /** Figures of each in place of the median. */
  readonly more?: (version: string) => readonly string[];
  /** Versions without calls that are shown, too. */
  readonly others?: readonly string[];
}

/** A row for each version, that of the last call first. */
export function showSums(
  where: HTMLElement,
  tallies: readonly VersionTally[],
  { colorOf, more, others = [] }: SumsOptions,
): void {
  const silent = others
    .filter((version) => tallies.every((each) => each.version !== version))
    .map((version) => ({ version, calls: 0, errors: {}, latency: [] }));
  const rows = [...tallies, ...silent].map((each) =>
    rowOf(each, `var(${colorOf(each.version)})`, more?.(each.version)),
  );
  where.replaceChildren(...rows.reverse());
}

function rowOf(tally: VersionTally, color: string, more: readonly string[] | undefined): HTMLTableRowElement {
  const { version, calls, latency } = tally;
  const times = new Histogram().add(latency);
  const name = element("td", {}, version);
  name.title = version;
  const [middle, slow] = [0.5, 0.99].map((part) => duration(times.quantile(part)));
  const sums = [count(calls), percent(calls > 0 ? failedOf(tally) / calls : 0)];
  const figures = more === undefined ? [...sums, middle!, slow!] : [...more, ...sums, slow!];
  return element("tr", { color }, name, ...figures.map((each) => element("td", { kind: "num" }, each)));
}

/** @param since `the server began` */
export function errorsOf(versions: readonly VersionTally[], since: string): string {
  const sums = new Map<string, number>();
  for (const { errors } of versions)
    for (const [kind, number] of Object.entries(errors)) sums.set(kind, (sums.get(kind) ?? 0) + number);
  if (versions.length === 0) return "Nobody has called it yet.";
  if (sums.size === 0) return `Since ${since}. No call failed.`;
  return `Since ${since}. Failed: ${[...sums].map(([kind, sum]) => `${kind} ${count(sum)}`).join(", ")}.`;
}
