/** A round of a fuzzer: so many inputs, which a seed decides. */
import fc from "fast-check";
import type { Fuzzer, Property } from "./fuzzer.ts";

export interface Round {
  readonly fuzzer: Fuzzer;
  readonly property: Property;
  readonly seed: number;
  readonly runs: number;
  /** Milliseconds after which no further input is given. @default any */
  readonly time?: number;
}

export interface Rounded {
  /** Inputs that were given. */
  readonly runs: number;
  /** What does not hold, with the smallest input that was found for it. */
  readonly failure: string | undefined;
}

export async function round({ fuzzer, property, seed, runs, time }: Round): Promise<Rounded> {
  const until = time === undefined ? {} : { interruptAfterTimeLimit: time };
  const found = await fc.check(property, { seed, numRuns: runs, ...until });
  const isCutShort = found.interrupted && found.counterexample === null;
  if (!found.failed || isCutShort) return { runs: found.numRuns, failure: undefined };
  const again = `npm run fuzz -- --only ${fuzzer.name} --seed ${seed}`;
  const told = (await fc.asyncDefaultReportMessage(found)) ?? "it failed, and nothing says why";
  const failure = `${fuzzer.name}, seed ${seed}; again: ${again}\n${told}\n${stackOf(found.errorInstance)}`;
  return { runs: found.numRuns, failure };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? String(error.stack) : String(error);
}
