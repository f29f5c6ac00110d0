/** The figures at the head of a page, of the last seconds. */
import { byId, element } from "./element.ts";
import type { Summed } from "./samples.ts";
import { count, duration, percent } from "./words.ts";

/** Milliseconds that they are of. */
export const RECENT = 10_000;

/** @param first those that come before what all pages have */
export function showFigures(first: Readonly<Record<string, string>>, { span, sum }: Summed): void {
  const figures = {
    ...first,
    "calls/s": span > 0 ? count(Math.round(sum.calls / (span / 1000))) : "–",
    failed: sum.calls > 0 ? percent(sum.failed / sum.calls) : "–",
    p99: duration(sum.latency.quantile(0.99)),
  };
  const items = Object.entries(figures).map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, value)),
  );
  byId("figures").replaceChildren(...items);
}
