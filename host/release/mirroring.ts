/** What a mirror came to on all nodes together, and whether that is well enough. */
import type { Analysis, Judgement } from "./analysis.ts";
import type { NodeReport } from "./reports.ts";

export interface Mirroring {
  /** Answers that were compared, those of them that differed, and how often it failed. */
  readonly compared: number;
  readonly differing: number;
  readonly failed: number;
  /** Some of what differed and failed, in words. */
  readonly examples: readonly string[];
}

export const NOTHING: Mirroring = { compared: 0, differing: 0, failed: 0, examples: [] };
/** Examples. */
const MOST = 8;

/** @param version the mirror's */
export function mirroringOf(nodes: readonly NodeReport[], name: string, version: string): Mirroring {
  const found = nodes.flatMap(({ hosted }) =>
    hosted.flatMap((each) => (each.name === name && each.mirror?.version === version ? each.mirror : [])),
  );
  const sum = (of: "compared" | "differing" | "failed") => found.reduce((all, each) => all + each[of], 0);
  return {
    compared: sum("compared"),
    differing: sum("differing"),
    failed: sum("failed"),
    examples: found.flatMap(({ examples }) => examples).slice(0, MOST),
  };
}

/** `2 of 120 answers differed (greet: its answer to call 7), and it failed once` */
export function comparedText({ compared, differing, failed, examples: [example] }: Mirroring): string {
  const shown = example === undefined ? "" : ` (${example})`;
  const ended = failed === 0 ? "" : `, and it failed ${failed === 1 ? "once" : `${failed} times`}`;
  return `${differing} of ${compared} answers differed${ended}${shown}`;
}

/** A mirror fails where it failed once, or where more answers differed than may: none, if nothing is said. */
export function judgeMirror({ abortOn, minSamples = 50 }: Analysis, mirror: Mirroring): Judgement {
  const { compared, differing, failed } = mirror;
  const why = comparedText(mirror);
  if (failed > 0) return { outcome: "failure", why: `as a mirror, ${why}` };
  const bounds = abortOn.flatMap((each) =>
    each.metric === "differing" && "above" in each ? [each.above] : [],
  );
  const most = Math.min(...(bounds.length > 0 ? bounds : [0]));
  // Where none may differ, the first that does says enough.
  if (differing > 0 && (most === 0 || compared >= minSamples) && differing / compared > most)
    return { outcome: "failure", why: `as a mirror, ${why}, and at most ${most * 100} % may (differing)` };
  if (compared >= minSamples) return { outcome: "success", why: `as a mirror, ${why}` };
  return { outcome: "inconclusive", why: `${compared} answers were compared, and ${minSamples} are needed` };
}
