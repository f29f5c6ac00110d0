/** Sentences of rollouts: each says what happened, then who has the calls. */
import type { Rollout, Share, Step } from "../../release/mod.ts";
import { duration } from "./words.ts";

/** `5 %` */
export function share(weight: number): string {
  return `${Number(weight.toPrecision(4))} %`;
}

/** Milliseconds as people write them: `30 s`, `10 min`. */
export function time(milliseconds: number): string {
  if (milliseconds < 60_000)
    return milliseconds % 1000 === 0 ? `${milliseconds / 1000} s` : duration(milliseconds);
  const minutes = milliseconds / 60_000;
  return minutes < 60
    ? `${Number(minutes.toPrecision(3))} min`
    : `${Number((minutes / 60).toPrecision(3))} h`;
}

/** Who has which share: `1.0.0 has all calls.` */
export function sharesTold(split: readonly Share[]): string {
  const own = split.filter(({ weight }) => weight > 0);
  if (own.length === 1) return `${own[0]!.version} has all calls.`;
  return `${own.map(({ version, weight }) => `${version} has ${share(weight)}`).join(", ")}.`;
}

/** What became of the plugin last. */
export function rolloutTold(rollout: Rollout | undefined, split: readonly Share[]): string {
  const now = sharesTold(split);
  if (!rollout) return now;
  const { phase, to, from, why, weight } = rollout;
  switch (phase) {
    case "preparing":
      return `Nodes load ${to}. ${from} has all calls.`;
    case "running":
      if (rollout.mirror) return `${to} is a mirror: it runs the calls of ${from}, and answers none. ${now}`;
      return `${to} gets ${share(weight)}. ${weight < 100 ? `${from} has the rest.` : now}`;
    case "paused":
      return `Paused at ${share(weight)}: ${why}. ${now}`;
    case "promoted":
      return to === from ? `${to} is the first version. ${now}` : `Promoted: ${now}`;
    case "aborted":
      return `Aborted ${to}: ${why}. ${now}`;
    case "superseded":
      return `The rollout of ${to} ended: ${why}. ${now}`;
  }
}

export function stepTold(step: Step): string {
  if ("weight" in step) return share(step.weight);
  if ("mirror" in step) return "mirror";
  if ("analysis" in step)
    return `measured${(step.analysis.count ?? 1) > 1 ? ` ${step.analysis.count}×` : ""}`;
  return step.pause === true ? "pause" : time(step.pause);
}
