/** A rollout as a fabric keeps it: its steps, where it stands, and what happened in it. */
import * as z from "zod/mini";
import { type Analysis, analysisSchema } from "./analysis.ts";

/** One step of a rollout. */
export type Step =
  /** Percent of the keys that the new version gets. */
  | { readonly weight: number }
  /** From here to the next weight it runs the calls of the stable version, too, and answers none. */
  | { readonly mirror: true }
  /** Milliseconds, or `true` until somebody promotes it. */
  | { readonly pause: number | true }
  /** It has to do well so many times in a row of measurements, within so many milliseconds. */
  | {
      readonly analysis: Analysis & {
        /** @default 1 */
        readonly count?: number | undefined;
        /** @default the time of ten times as many measurements */
        readonly within?: number | undefined;
      };
    };

export const PHASES = ["preparing", "running", "paused", "promoted", "aborted", "superseded"] as const;
/**
 * Nodes load the new version; its share grows; somebody has to look; it has all calls; the old one has them again;
 * somebody else changed the plan.
 */
export type RolloutPhase = (typeof PHASES)[number];

export interface Rollout {
  readonly id: string;
  /** The stable version when it began. */
  readonly from: string;
  readonly to: string;
  readonly steps: readonly Step[];
  /** Holds in every step. */
  readonly analysis?: Analysis | undefined;
  /** Milliseconds for which the old version stays loaded after the new one has all calls. */
  readonly keep: number;
  /** Milliseconds that nodes may take to load the new version. */
  readonly ready: number;
  /** The revision of the plan that it began with. */
  readonly begins: number;
  readonly phase: RolloutPhase;
  /** How often it was changed: a controller that knows an earlier one may not act. */
  readonly sequence: number;
  /** The step that is under way. */
  readonly step: number;
  readonly weight: number;
  /** Whether the new version is a mirror now. */
  readonly mirror?: boolean | undefined;
  /** The time of day when that step, or the phase, began. */
  readonly since: number;
  /** When the last measurement was counted, and how many failed and went well since the weight changed. */
  readonly judged: number;
  readonly failures: number;
  readonly passes: number;
  /** Whether the old version is kept loaded. */
  readonly warm: boolean;
  /** Why it is where it is. */
  readonly why?: string | undefined;
  /** What happened, the oldest first. */
  readonly events: readonly RolloutEvent[];
  /** Earlier rollouts of the plugin, the oldest first. */
  readonly past: readonly PastRollout[];
}

export interface RolloutEvent {
  /** The time of day. */
  readonly at: number;
  readonly text: string;
}

export interface PastRollout {
  readonly from: string;
  readonly to: string;
  readonly phase: RolloutPhase;
  readonly at: number;
  readonly why?: string | undefined;
}

/** What is kept of each list. */
export const [EVENTS, PAST] = [48, 32] as const;
const STEPS = 64;
/** Characters of a reason. */
export const LONGEST = 1_000;

const text = (most: number) => z.string().check(z.maxLength(most));
const time = z.number().check(z.gte(0), z.lte(Number.MAX_SAFE_INTEGER));
const count = z.int().check(z.gte(0));
const percent = z.number().check(z.gte(0), z.lte(100));
const phase = z.enum(PHASES);

export const stepSchema = z.union([
  z.strictObject({ weight: percent }),
  z.strictObject({ mirror: z.literal(true) }),
  z.strictObject({ pause: z.union([time, z.literal(true)]) }),
  z.strictObject({
    analysis: z.extend(analysisSchema, {
      count: z.optional(z.int().check(z.gte(1), z.lte(1e6))),
      within: z.optional(time),
    }),
  }),
]);

export const rolloutSchema = z.object({
  id: z.string().check(z.regex(/^[0-9a-f]{32}$/, "wanted the id of a rollout")),
  from: text(256),
  to: text(256),
  steps: z.array(stepSchema).check(z.maxLength(STEPS, `wanted at most ${STEPS} steps`)),
  analysis: z.optional(analysisSchema),
  keep: time,
  ready: time,
  begins: count,
  phase,
  sequence: count,
  step: count,
  weight: percent,
  mirror: z.optional(z.boolean()),
  since: time,
  judged: time,
  failures: count,
  passes: count,
  warm: z.boolean(),
  why: z.optional(text(2 * LONGEST)),
  events: z.array(z.object({ at: time, text: text(2 * LONGEST) })).check(z.maxLength(2 * EVENTS)),
  past: z
    .array(z.object({ from: text(256), to: text(256), phase, at: time, why: z.optional(text(2 * LONGEST)) }))
    .check(z.maxLength(2 * PAST)),
});
