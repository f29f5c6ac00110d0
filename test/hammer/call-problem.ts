/** What is wrong with the end of a call, when all is known of it. */
import type { Call, Gift } from "./trail.ts";

/** Codes that say that the call was not made. */
const UNCALLED: ReadonlySet<string> = new Set([
  "argument",
  "swapping",
  "answers-later",
  "reentrant",
  "queue-full",
  "deadline",
  "aborted",
]);

/** Codes of calls that may have run to their end, and do not count. */
const UNDONE: ReadonlySet<string> = new Set(["store-failed", "closed"]);

/** @param gifts what the host answered it */
export function callProblem({ id, op, outcome, ran }: Call, gifts: readonly Gift[]): string | undefined {
  if (!outcome) return `call ${id}, ${op}, was never answered`;
  if (outcome.kind !== "failed") {
    return ran === 1 ? undefined : `call ${id}, ${op}, was acknowledged, and ran ${ran} times`;
  }
  const { code } = outcome;
  if (ran > 0 && !UNDONE.has(code)) return `call ${id}, ${op}, was answered [${code}], and ran`;
  if (!UNCALLED.has(code) || gifts.length === 0) return undefined;
  return `call ${id}, ${op}, was answered [${code}], and had asked its host`;
}
