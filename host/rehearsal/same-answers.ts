/** A `verify` that requires the next version to answer as the serving one does. */

import type { View } from "../call/view.ts";
import type { Functions } from "../contract/contract.ts";
import { shownCall } from "../shown.ts";
import { type Asked, askedCalls } from "./asked.ts";
import { differing, outcome } from "./outcome.ts";

const SERVES = "the version that serves";
const NEXT = "the version that may serve";
/** Differences that are listed; the others are counted. */
const TOLD = 3;

/**
 * Makes the same calls of copies of the incumbent and of the next version, with the same state in both, and
 * refuses the next version when an answer differs: `verify: sameAnswers({ report: [[]], find: [["a"], ["b"]]
 * })`. The calls are made in order, so choose functions that only read. An err is an answer; a call that
 * traps on either side refuses too.
 *
 * @param asked arguments by function, or calls in a given order: `[["find", "a"], ["report"]]`
 */
export function sameAnswers<F extends Functions>(
  asked: Asked<NoInfer<F>>,
): (twin: View<F>, incumbent: View<F>) => Promise<void> {
  return async (twin, incumbent) => {
    const functions = new Map(Object.keys(twin.call).map((name) => [name, { params: [] }]));
    const differ: string[] = [];
    for (const { name, args } of askedCalls(asked as Asked, { functions })) {
      const [was, is] = [
        await outcome(() => incumbent.call[name]!(...(args as never))),
        await outcome(() => twin.call[name]!(...(args as never))),
      ];
      const call = shownCall(name, args);
      // A generation that trapped cannot be asked again.
      for (const [side, { kind, value }] of [
        [SERVES, was],
        [NEXT, is],
      ] as const) {
        if (kind === "trap") throw new Error(`${call} traps in ${side}, so it cannot be compared: ${value}`);
      }
      const found = differing(was, is);
      if (found) differ.push(`${call}${found.at ?? ""} is ${found.is}, and ${found.was} in ${SERVES}`);
    }
    if (differ.length === 0) return;
    const more = differ.length > TOLD ? `; and ${differ.length - TOLD} more` : "";
    throw new Error(`${differ.slice(0, TOLD).join("; ")}${more}`);
  };
}
