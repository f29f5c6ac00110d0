/** What nodes and callers report of themselves, again and again. */
import * as z from "zod/mini";
import { type Measured, type Tally, tallySchema } from "../remote/measures.ts";

const text = (most: number) => z.string().check(z.maxLength(most));
const count = z.number().check(z.gte(0), z.lte(Number.MAX_SAFE_INTEGER));
const revision = z.int().check(z.nonnegative());
/** Milliseconds. */
const interval = z.number().check(z.gte(1), z.lte(3_600_000));
const id = z.string().check(z.regex(/^[A-Za-z0-9]{1,64}$/, "wanted letters and digits"));

export const STATUSES = ["loading", "serving", "failed", "draining"] as const;
/** What a node does with a version: it serves calls, will, could not, or lets those under way end. */
export type Status = (typeof STATUSES)[number];

const measured = z.object({
  calls: count,
  errors: z.record(text(64), count),
  p50: z.optional(count),
  p99: z.optional(count),
});

/** What a mirror came to on a node since it began there. */
export interface Compared {
  /** The mirror's. */
  readonly version: string;
  /** Calls that it ran. */
  readonly calls: number;
  /** Answers that were compared, and those of them that differed. */
  readonly compared: number;
  readonly differing: number;
  /** How often it trapped, asked for an effect that the stable version had not asked for, or could not begin. */
  readonly failed: number;
  /** Some of what differed and failed, in words: which function, and which of the mirror's calls. */
  readonly examples: readonly string[];
}

const compared = z.object({
  version: text(256),
  calls: count,
  compared: count,
  differing: count,
  failed: count,
  examples: z.array(text(1024)).check(z.maxLength(16)),
});

export const nodeSchema = z.object({
  node: id,
  /** The time of day of its writer, for people. */
  at: count,
  interval,
  hosted: z
    .array(
      z.object({
        name: text(256),
        version: text(256),
        status: z.enum(STATUSES),
        /** Why it failed. */
        why: z.optional(text(1024)),
        measured,
        /** Of the mirror that runs its calls. */
        mirror: z.optional(compared),
      }),
    )
    .check(z.maxLength(10_000)),
  /** The revision of each plan that it acts on. */
  plans: z.record(text(256), revision),
});

/** A node as it reported itself. */
export interface NodeReport {
  readonly node: string;
  readonly at: number;
  readonly interval: number;
  readonly hosted: readonly HostedVersion[];
  readonly plans: Readonly<Record<string, number>>;
}

/** A version on a node. */
export interface HostedVersion {
  readonly name: string;
  readonly version: string;
  readonly status: Status;
  readonly why?: string | undefined;
  /** Of the calls that it answered there. */
  readonly measured: Measured;
  /** What the mirror of its calls came to, where there is one. */
  readonly mirror?: Compared | undefined;
}

export const callerSchema = z.object({
  caller: id,
  at: count,
  interval,
  /** Of the plan that it calls by. */
  revision,
  /** Since it began. */
  versions: z
    .record(text(256), tallySchema)
    .check(z.refine((all) => Object.keys(all).length <= 64, "at most 64 versions")),
});

/** A caller as it reported itself. */
export interface CallerReport {
  readonly caller: string;
  readonly at: number;
  readonly interval: number;
  readonly revision: number;
  readonly versions: Readonly<Record<string, Tally>>;
}
