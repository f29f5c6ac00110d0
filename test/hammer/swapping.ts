/** Swaps and mirrors: options made of plans. */
import {
  type MirrorOptions,
  PluginError,
  type ProbationOptions,
  type SwapOptions,
  type View,
} from "moult";
import { afterwards, pass } from "./gap.ts";
import type { Life } from "./life.ts";
import { Chain } from "./op.ts";
import type { ProbationPlan, Step, SwapStep, VerifyPlan } from "./step.ts";
import { Planned } from "./world.ts";

type Twin = View<typeof Chain>;

interface Verifying extends VerifyPlan {
  /** The length of the trail when the swap was asked for. */
  readonly from: number;
  readonly reset: boolean | undefined;
}

/** Arguments of calls that are made of copies: above those of all others. */
let copied = 2 ** 31;

export function swapOptions(
  life: Life,
  step: SwapStep,
  perform: (step: Step) => void,
): SwapOptions<typeof Chain> {
  const { dryRun, answers, supersede, reset, drain, timeout, abort, verify, warm, probation } = step;
  const from = life.trail.sights.length;
  return {
    ...(dryRun && { dryRun }),
    ...(answers && { answers: [["peek", copied++] as const, ["add", copied++] as const, ["take", 2] as const] }),
    ...(supersede && { supersede }),
    ...(reset && { reset }),
    ...(drain !== undefined && { drain }),
    ...(timeout !== undefined && { timeout }),
    ...(abort && { signal: abortedAfter(abort) }),
    ...(verify && { verify: verifyOf(life, { ...verify, from, reset }, perform) }),
    ...(warm && { warm: (twin: Twin) => twin.call.add(copied++) }),
    ...(probation && { probation: probationOptions(probation) }),
  };
}

export function probationOptions({ bad, ...plan }: ProbationPlan): ProbationOptions {
  if (!bad) return plan;
  let calls = 0;
  return {
    ...plan,
    bad: () => {
      if (bad === "throws") throw new Planned("a judgement that was to fail");
      return bad === "all" || ++calls % 3 === 0;
    },
  };
}

export function mirrorOptions(step: Extract<Step, { do: "mirror" }>): MirrorOptions {
  const { sample, lag, drain, abort } = step;
  return {
    sample,
    ...(lag !== undefined && { lag }),
    ...(drain !== undefined && { drain }),
    ...(abort && { signal: abortedAfter(abort) }),
  };
}

export function abortedAfter(gap: NonNullable<SwapStep["abort"]>): AbortSignal {
  const controller = new AbortController();
  afterwards(gap, () => controller.abort());
  return controller.signal;
}

function verifyOf(
  life: Life,
  plan: Verifying,
  perform: (step: Step) => void,
): (twin: Twin) => Promise<boolean> {
  const { from } = plan;
  const seen = async (what: string, view: Twin) => {
    const { count, chain } = await view.call.peek(copied++);
    life.trail.sights.push({ at: "looked", from, what, count, chain });
  };
  const look = async (twin: Twin, incumbent: Twin | undefined) => {
    if (!plan.reset) await seen("a twin", twin);
    if (incumbent) await seen("the copy of an incumbent", incumbent);
    if (plan.during) perform(plan.during);
    if (plan.slow) await pass(plan.slow);
    if (plan.acts) await refused(twin);
    if (plan.verdict === "throws") throw new Planned("a verify that was to fail");
    return plan.verdict === "accepts";
  };
  return plan.both
    ? (twin: Twin, incumbent?: Twin) => look(twin, incumbent)
    : (twin: Twin) => look(twin, undefined);
}

/** An effect of a twin is refused, and so it traps; where it does no such thing, it answers. */
async function refused(twin: Twin): Promise<void> {
  try {
    await twin.call.actOn(copied++);
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
  }
}
