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
  const rows = live.versions.map((each) => rowOf(each, `var(${colorOf(known.get(each.version) ?? 1)})`));
  byId("versions").replaceChildren(...rows.reverse());
  tell(byId("errors"), errorsOf(live.versions));
}

function rowOf(tally: VersionTally, color: string): HTMLTableRowElement {
  const { version, calls, latency } = tally;
  const times = new Histogram().add(latency);
  const name = element("td", {}, version);
  name.title = version;
  const figures = [
    count(calls),
    percent(calls > 0 ? failedOf(tally) / calls : 0),
    duration(times.quantile(0.5)),
    duration(times.quantile(0.99)),
  ];
  return element("tr", { color }, name, ...figures.map((each) => element("td", { kind: "num" }, each)));
}

function errorsOf(versions: readonly VersionTally[]): string {
  const sums = new Map<string, number>();
  for (const { errors } of versions)
    for (const [kind, number] of Object.entries(errors)) sums.set(kind, (sums.get(kind) ?? 0) + number);
  if (versions.length === 0) return "Nobody has called it yet.";
  if (sums.size === 0) return "Since the server began. No call failed.";
  return `Since the server began. Failed: ${[...sums].map(([kind, sum]) => `${kind} ${count(sum)}`).join(", ")}.`;
}
