/** Analysis: whether a new version does as well as it has to, by what its calls came to. */
import * as z from "zod/mini";
import type { ErrorKind, Measures } from "../remote/measures.ts";

export type Metric = "errorRate" | "latencyP99";
/** The part of a mirror's answers that differed from those of the stable version, from 0 to 1. */
export type MirrorMetric = "differing";

/** What a new version must not do. */
export type Bound =
  /** Of `errorRate` a part of the calls, from 0 to 1; of `latencyP99` milliseconds. */
  | { readonly metric: Metric; readonly above: number }
  /** So many times what the stable version has in the same time. */
  | { readonly metric: Metric; readonly timesStable: number }
  /** For a version that is a mirror. */
  | { readonly metric: MirrorMetric; readonly above: number };

export interface Analysis {
  /** The version fails when one of them is passed. */
  readonly abortOn: readonly Bound[];
  /** Calls that are needed to say anything. @default 50 */
  readonly minSamples?: number | undefined;
  /** Failed measurements that are put up with. @default 0 */
  readonly failureLimit?: number | undefined;
  /** Milliseconds between two measurements. @default 5_000 */
  readonly interval?: number | undefined;
  /** Errors that do not count: `guest-error`, where an `err` is an answer like any other. @default none */
  readonly ignore?: readonly string[] | undefined;
}

const amount = z.number().check(z.gte(0), z.lte(Number.MAX_SAFE_INTEGER));
const metric = z.enum(["errorRate", "latencyP99"]);
export const analysisSchema = z.object({
  abortOn: z
    .array(
      z.union([
        z.strictObject({ metric, above: amount }),
        z.strictObject({ metric, timesStable: amount }),
        z.strictObject({ metric: z.literal("differing"), above: amount }),
      ]),
    )
    .check(z.minLength(1, "wanted a bound"), z.maxLength(16)),
  minSamples: z.optional(z.int().check(z.gte(1), z.lte(1e9))),
  failureLimit: z.optional(z.int().check(z.gte(0), z.lte(1e6))),
  interval: z.optional(z.number().check(z.gte(1), z.lte(86_400_000))),
  ignore: z.optional(z.array(z.string().check(z.maxLength(64))).check(z.maxLength(64))),
});

export const intervalOf = ({ interval = 5_000 }: Analysis): number => interval;
export const limitOf = ({ failureLimit = 0 }: Analysis): number => failureLimit;

/** The analysis of a version that answers calls. @returns nothing where it is only for a mirror */
export function withoutMirror(analysis: Analysis): Analysis | undefined {
  const abortOn = analysis.abortOn.filter(({ metric }) => metric !== "differing");
  return abortOn.length > 0 ? { ...analysis, abortOn } : undefined;
}

/** What the calls of both versions came to in the same time. */
export interface Window {
  readonly fresh: Measures;
  readonly stable: Measures;
}

export interface Judgement {
  readonly outcome: "success" | "failure" | "inconclusive";
  /** In words: `its error rate is 30.2 % of 57 calls, and at most 5 % may be`. */
  readonly why: string;
}

/** Judges a version by its bounds: it fails by one, and succeeds by all of them. */
export function judge(analysis: Analysis, { fresh, stable }: Window): Judgement {
  const { abortOn, minSamples = 50, ignore = [] } = analysis;
  const ignored = ignore as readonly ErrorKind[];
  const few = (whose: string, { calls }: Measures): Judgement | undefined =>
    calls >= minSamples
      ? undefined
      : { outcome: "inconclusive", why: `${whose} had ${calls} calls, and ${minSamples} are needed` };
  let open = few("it", fresh);
  if (open) return open;
  const said: string[] = [];
  for (const bound of abortOn) {
    if (bound.metric === "differing") continue;
    const relative = "timesStable" in bound;
    const short = relative ? few("the stable version", stable) : undefined;
    open ??= short;
    if (short) continue;
    const { metric } = bound;
    const found = figure(metric, fresh, ignored);
    // Where the stable version had no error, it may have had nearly one.
    const beside = Math.max(figure(metric, stable, ignored), metric === "errorRate" ? 1 / stable.calls : 0);
    const most = relative ? bound.timesStable * beside : bound.above;
    const text = `${NAMES[metric]} is ${shown(metric, found)} of ${fresh.calls} calls`;
    const than = relative ? `, ${bound.timesStable} times that of the stable version` : "";
    if (found > most)
      return { outcome: "failure", why: `its ${text}, and at most ${shown(metric, most)} may be${than}` };
    said.push(`its ${text}`);
  }
  return open ?? { outcome: "success", why: said.join(", ") };
}

const NAMES = { errorRate: "error rate", latencyP99: "latency (p99)" } as const;

function figure(metric: Metric, measures: Measures, ignore: readonly ErrorKind[]): number {
  if (metric === "latencyP99") return measures.quantile(0.99) ?? 0;
  return measures.calls === 0 ? 0 : measures.failed(ignore) / measures.calls;
}

function shown(metric: Metric, value: number): string {
  const digits = (number: number) => Number(number.toPrecision(3)).toString();
  return metric === "errorRate" ? `${digits(value * 100)} %` : `${digits(value)} ms`;
}
