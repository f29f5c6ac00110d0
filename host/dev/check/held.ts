/** Reports, in words, differing answers of a version that should hold everything in its state. */
import type { Manifest } from "../../../abi/tools.ts";
import type { Answers, Differing } from "../../mod.ts";
import { listed } from "../variables.ts";

/** Differences that are listed; the rest is counted. */
const TOLD = 4;

export interface Held {
  /** Why answers may differ: the end of a sentence. */
  readonly why: string;
  /** `hit("a") is 1, and was 5` */
  readonly lines: readonly string[];
  /** Whether its author declared it, or a hook of the author's may be the reason. */
  readonly meant: boolean;
}

/**
 * @param itself the answers of the version against another instance of it with its state
 * @param hook whether that instance ran an `onRestore`
 * @returns nothing when the answers are the same
 */
export function heldOutside(itself: Answers, manifest: Manifest, hook: boolean): Held | undefined {
  const lines = differences(itself);
  if (lines.length === 0) return undefined;
  const variables = manifest.variables ?? [];
  const lost = variables.filter(({ transient }) => !transient);
  if (lost.length === 0 && variables.length > 0) {
    const why = `: ${listed(variables)} ${variables.length === 1 ? "is" : "are"} @transient, so that is meant`;
    return { why, lines, meant: true };
  }
  if (hook)
    return { why: "; its onRestore may be why, or what it holds outside of its state", lines, meant: true };
  const outside = ", so it holds something outside of its state";
  return { why: lost.length > 0 ? `${outside}: ${listed(lost)} may be why` : outside, lines, meant: false };
}

/** The first few differences, one line each. @param known functions that are reported elsewhere */
export function differences({ differing, state }: Answers, known: ReadonlySet<string> = new Set()): string[] {
  const all = differing.filter(({ name }) => !known.has(name));
  const lines = all.slice(0, TOLD).map(({ call, ...found }) => difference(call, found));
  if (all.length > TOLD) lines.push(`and ${all.length - TOLD} more functions`);
  if (state && known.size === 0) lines.push(difference("after these calls its state", state));
  return lines;
}

function difference(what: string, { at = "", is, was }: Differing): string {
  return `${what}${at} is ${is}, and was ${was}`;
}
