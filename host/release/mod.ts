/** `moult/release`: releases, plans, and several versions at a time, each for its share of the calls. */

export type { ErrorKind, Measured, Tally } from "../remote/measures.ts";
export type { Analysis, Bound, Metric, MirrorMetric } from "./analysis.ts";
export { callReleases } from "./caller.ts";
export type {
  Fallback,
  ReleaseCaller,
  ReleaseCallerEvents,
  ReleaseCallerOptions,
} from "./caller-options.ts";
export type { Choice, Context, Decide } from "./choice.ts";
export {
  type Controller,
  type ControllerEvents,
  type ControllerOptions,
  controlRollouts,
} from "./controller.ts";
export {
  hostReleases,
  type ReleaseHost,
  type ReleaseHostEvents,
  type ReleaseHostOptions,
} from "./host.ts";
export type { HostedOptions } from "./hosted.ts";
export type { Keyed } from "./keyed.ts";
export type { Mirroring } from "./mirroring.ts";
export { mirrorIn, nodesIn } from "./nodes.ts";
export { pick } from "./pick.ts";
export { type Attributes, type Plan, type Planned, planOf, type Rule, type Share } from "./plan.ts";
export { changePlan, planHistory, planIn } from "./plans.ts";
export { publish, type Release, releaseOf, releasesOf } from "./release.ts";
export type { Compared, HostedVersion, NodeReport, Status } from "./reports.ts";
export type { PastRollout, Rollout, RolloutEvent, RolloutPhase, Step } from "./rollout-record.ts";
export {
  abortRollout,
  promoteRollout,
  type RolloutOptions,
  rollBack,
  rolloutIn,
  startRollout,
} from "./rollouts.ts";
export { type Split, type SplitEvents, type SplitOptions, split, type Variant } from "./split.ts";
export { boundsIn, stepsIn, timeIn } from "./written-steps.ts";
