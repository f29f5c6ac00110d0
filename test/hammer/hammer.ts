/** The hammer: episode upon episode, mode by mode, until so many steps are done or something is wrong. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { episode } from "./episode.ts";
import type { Mode } from "./mode.ts";
import { type Plan, planOf } from "./plan.ts";
import { shrink } from "./shrink.ts";
import { sumOf, type Told } from "./tally.ts";
import type { Versions } from "./version.ts";

export interface HammerOptions {
  readonly versions: Versions;
  readonly mode: Mode;
  /** Of the first episode; each further one has the next number. */
  readonly seed: number;
  readonly steps: number;
  readonly signal?: AbortSignal;
  /** Told how many steps are done. */
  readonly progress?: (steps: number) => void;
  /** Turns of the event loop that anything may take; then it hangs. @default 20_000 */
  readonly patience?: number;
}

/** What a mode came to. */
export interface Hammered extends Omit<Told, "problems" | "failedAt"> {
  readonly mode: string;
  /** The first and the last seed. */
  readonly seeds: readonly [number, number];
  readonly failure: Failure | undefined;
}

export interface Failure {
  readonly seed: number;
  /** The step at which the first problem came up. */
  readonly step: number;
  readonly problems: readonly string[];
  /** A plan that fails, as short as it was found; the same number of steps where it did not fail again. */
  readonly plan: Plan;
  /** Whether it failed again when it was tried again. */
  readonly again: boolean;
}

/** Steps of an episode. */
export const LENGTH = 400;

export async function hammer(options: HammerOptions): Promise<Hammered> {
  const { versions, mode, seed: first, steps, signal, progress, patience } = options;
  const folder = mkdtempSync(join(tmpdir(), "moult-hammer-"));
  const bounds = { mode, versions, folder, ...(patience !== undefined && { patience }) };
  const all: Told[] = [];
  let failure: Failure | undefined;
  let seed = first - 1;
  let done = 0;
  try {
    while (done < steps && !failure && !signal?.aborted) {
      const plan = planOf(mode, ++seed, Math.min(LENGTH, steps - done));
      const told = await episode({ ...bounds, plan });
      all.push(told);
      done += told.steps;
      if (told.failedAt !== undefined) failure = await failed(told, plan, bounds);
      progress?.(done);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { mode: mode.name, seeds: [first, seed], ...sumOf(all), failure };
}

/** Does one plan again. */
export async function replay(
  plan: Plan,
  options: Pick<HammerOptions, "versions" | "mode" | "patience">,
): Promise<Told> {
  const folder = mkdtempSync(join(tmpdir(), "moult-hammer-"));
  try {
    return await episode({ ...options, plan, folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Bounds = Pick<Parameters<typeof episode>[0], "mode" | "versions" | "folder" | "patience">;

async function failed(told: Told, plan: Plan, bounds: Bounds): Promise<Failure> {
  const { failedAt = 0, problems } = told;
  const upTo = { ...plan, steps: plan.steps.slice(0, failedAt + 1) };
  // What hangs would hang in every try.
  const patience = Math.min(bounds.patience ?? Number.POSITIVE_INFINITY, 2_000);
  const shrunk = await shrink(upTo.steps, async (steps) => {
    const again = await episode({ ...bounds, patience, plan: { ...plan, steps } });
    return again.problems.length > 0;
  });
  const { steps, again } = shrunk;
  return { seed: plan.seed, step: failedAt, problems, plan: { ...plan, steps }, again };
}
