/** Accepting: the version on probation is permanent, and the incumbent is let go. */

import type { Transition } from "../transition.ts";
import { type Lifecycle, versionOfGeneration } from "./lifecycle.ts";
import { TransitionRecorder } from "./transition-recorder.ts";

/** Makes the serving version permanent. @returns nothing when none is on probation */
export function accept(lifecycle: Lifecycle): Transition | undefined {
  const probation = lifecycle.endProbation();
  if (!probation) return undefined;
  lifecycle.retire(probation.incumbent);
  const recorder = new TransitionRecorder();
  return lifecycle.record(recorder, {
    outcome: "permanent",
    from: versionOfGeneration(probation.incumbent),
    to: versionOfGeneration(lifecycle.current),
  });
}

/** Accepts when nothing is under way, unless the version has trapped or was rolled back by then. */
export function acceptWhenIdle(lifecycle: Lifecycle): void {
  const { status, probation } = lifecycle;
  const accepted = () => {
    if (lifecycle.probation === probation && !lifecycle.current.trapped) accept(lifecycle);
  };
  if (status.status === "idle") accepted();
  else status.whenIdle(() => !lifecycle.closed && accepted());
}
