/** A look for `verify`: a version that may serve has to answer as the one that does. */

import type { View } from "../call/view.ts";
import type { Functions } from "../contract/contract.ts";
import { shownCall } from "../shown.ts";
import { type Asked, askedCalls } from "./asked.ts";
import { differing, outcome } from "./outcome.ts";

const SERVES = "the version that serves";
const NEXT = "the version that may serve";
/** Differences that are told; the rest is counted. */
const TOLD = 3;

/**
 * Makes calls of the incumbent and of the version that may replace it, each with the same state in it, and refuses that
 * version when an answer differs: `verify: sameAnswers({ report: [[]], find: [["a"], ["b"]] })`. All calls are made in order,
 * of copies; ask functions that look. An err is an answer; a call that traps refuses too, on whichever side.
 *
 * @param asked arguments by function, or calls in an order of their own: `[["find", "a"], ["report"]]`
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
      // After a trap there is nothing left to ask.
      for (const [who, { kind, value }] of [
        [SERVES, was],
        [NEXT, is],
      ] as const) {
        if (kind === "trap") throw new Error(`${call} traps in ${who}, so it cannot be compared: ${value}`);
      }
      const found = differing(was, is);
      if (found) differ.push(`${call}${found.at ?? ""} is ${found.is}, and ${found.was} in ${SERVES}`);
    }
    if (differ.length === 0) return;
    const more = differ.length > TOLD ? `; and ${differ.length - TOLD} more` : "";
    throw new Error(`${differ.slice(0, TOLD).join("; ")}${more}`);
  };
}
