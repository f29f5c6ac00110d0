/** Steps and bounds of a rollout as people write them: `mirror,30s,5%,30s,100%` and `error-rate>1%,p99>1.5x`. */
import { PluginError } from "../errors.ts";
import type { Bound } from "./analysis.ts";
import type { Step } from "./rollout-record.ts";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * Steps as they are written: shares, times for which they stay, `pause`, and `mirror`.
 *
 * @throws PluginError `argument`
 * @example stepsIn("5%,30s,50%,pause")
 */
export function stepsIn(text: string): Step[] {
  return text.split(",").map((part): Step => {
    const each = part.trim();
    const percent = /^(\d+(?:\.\d+)?)%$/.exec(each)?.[1];
    if (percent !== undefined && Number(percent) <= 100) return { weight: Number(percent) };
    if (each === "pause") return { pause: true };
    if (each === "mirror") return { mirror: true };
    const time = timeIn(each);
    if (time !== undefined) return { pause: time };
    throw new PluginError("argument", `"${each}" is no step: 5%, 30s, 10m, 1h, pause, or mirror.`);
  });
}

/** Milliseconds of a time as it is written: `500ms`, `30s`. @returns nothing for what is none */
export function timeIn(text: string): number | undefined {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text.trim()) ?? [];
  return number === undefined ? undefined : Number(number) * UNITS[unit]!;
}

/**
 * Bounds as they are written, against a number, or (`1.5x`) against the stable version.
 *
 * @throws PluginError `argument`
 * @example boundsIn("error-rate>1%,p99>1.5x")
 */
export function boundsIn(text: string): Bound[] {
  return text.split(",").map((part): Bound => {
    const [, name = "", number = "", unit = ""] =
      /^(error-rate|p99|differing)>(\d+(?:\.\d+)?)(%|x|ms|s)$/.exec(part.trim().replaceAll(" ", "")) ?? [];
    if (name === "differing" && unit === "%") return { metric: "differing", above: Number(number) / 100 };
    const metric = name === "p99" ? "latencyP99" : "errorRate";
    const value = Number(number);
    if (unit === "x" && name !== "differing") return { metric, timesStable: value };
    if (name === "error-rate" && unit === "%") return { metric, above: value / 100 };
    if (name === "p99" && (unit === "ms" || unit === "s")) return { metric, above: value * UNITS[unit]! };
    throw new PluginError(
      "argument",
      `"${part.trim()}" is no bound: error-rate>1%, error-rate>2x, p99>200ms, p99>1.5x, or differing>1%.`,
    );
  });
}
