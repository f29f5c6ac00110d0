/** Records of transitions and the status of a plugin, as a server tells them. */
import * as z from "zod/mini";
import { CODES, PHASES } from "../errors.ts";
import type { PluginStatus } from "../swap/plugin-status.ts";
import type { Transition } from "../transition.ts";
import type { ServedMeasures } from "./served-measures.ts";

const count = z.int().check(z.nonnegative());
const amount = z.number().check(z.nonnegative());
const versionSchema = z.object({ generation: count, version: z.string(), digest: z.optional(z.string()) });
const differing = { at: z.optional(z.string()), was: z.string(), is: z.string() };
const answersSchema = z.object({
  calls: count,
  differing: z.array(z.object({ name: z.string(), call: z.string(), times: count, ...differing })),
  leftOut: z.array(z.object({ name: z.string(), why: z.string() })),
  state: z.optional(z.object(differing)),
});

export const transitionSchema = z.object({
  plugin: z.string(),
  outcome: z.enum([
    "swapped",
    "rehearsed",
    "refused",
    "rolled-back",
    "not-rolled-back",
    "permanent",
    "restarted",
    "not-restarted",
  ] satisfies readonly Transition["outcome"][]),
  at: z.number(),
  from: versionSchema,
  to: z.optional(versionSchema),
  phases: z.partialRecord(z.enum(PHASES), amount),
  pause: amount,
  total: amount,
  stateBytes: count,
  steps: z.array(z.string()),
  way: z.optional(z.enum(["same", "lossless", "migrated"])),
  changes: z.optional(z.array(z.object({ path: z.string(), problem: z.string(), lossless: z.boolean() }))),
  answers: z.optional(
    z.object({
      itself: z.optional(answersSchema),
      next: z.optional(answersSchema),
      skipped: z.optional(z.string()),
    }),
  ),
  waited: count,
  replayed: z.optional(
    z.object({
      calls: count,
      divergences: count,
      first: z.optional(z.object({ call: count, name: z.string() })),
    }),
  ),
  cause: z.optional(z.object({ code: z.enum(CODES), message: z.string() })),
});

/** How a plugin and its server are. */
export interface RemoteStatus extends PluginStatus {
  readonly plugin: string;
  /** Whether the server takes calls. */
  readonly ready: boolean;
  /** Calls and other requests that the server got and has not answered. */
  readonly underWay: number;
}

const statusSchema = z.object({
  plugin: z.string(),
  ready: z.boolean(),
  underWay: count,
  status: z.enum(["idle", "swapping", "returning", "restarting", "closed"]),
  version: versionSchema,
  trapped: z.boolean(),
  inside: count,
  waiting: count,
  probation: z.optional(z.object({ incumbent: versionSchema, calls: count, bad: count })),
});

const measuresSchema = z.object({
  plugin: z.string(),
  since: amount,
  versions: z.array(
    z.object({
      version: z.string(),
      calls: count,
      errors: z.record(z.string(), count),
      p50: z.optional(amount),
      p99: z.optional(amount),
    }),
  ),
});

/** @returns nothing for what is none */
export function readMeasures(json: unknown): ServedMeasures | undefined {
  return measuresSchema.safeParse(json).data as ServedMeasures | undefined;
}

/** @returns nothing for what is none */
export function readTransition(json: unknown): Transition | undefined {
  return transitionSchema.safeParse(json).data as Transition | undefined;
}

/** @returns nothing for what is no list of them */
export function readHistory(json: unknown): readonly Transition[] | undefined {
  return z.array(transitionSchema).safeParse(json).data as readonly Transition[] | undefined;
}

/** @returns nothing for what is none */
export function readStatus(json: unknown): RemoteStatus | undefined {
  return statusSchema.safeParse(json).data as RemoteStatus | undefined;
}
