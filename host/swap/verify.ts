/** The caller's own check of a twin, within a deadline. */

import type { Awaitable } from "../awaitable.ts";
import { Gate } from "../call/gate.ts";
import { type View, viewOf } from "../call/view.ts";
import type { Contract, Functions } from "../contract/contract.ts";
import { withDeadline } from "../deadline.ts";
import { PluginError, reason } from "../errors.ts";
import type { Generation } from "../generation/generation.ts";
import { SharedHostCalls } from "../grant/recorded-answers.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { warmUp } from "./warm.ts";

/**
 * Compares the next version, with the state in it, and a copy of the serving version, as it was when that
 * state was saved. Effects of both are refused, and their posts are dropped. What the host answers to the nth
 * call of the one it answers to the nth call of the other, so that clocks and random numbers make no
 * difference.
 */
export type Verify<F extends Functions> = (twin: View<F>, incumbent: View<F>) => Awaitable<unknown>;

export interface Look<F extends Functions> {
  readonly contract: Contract<F>;
  /** Refuses the swap when it throws or answers false. */
  readonly verify: Verify<F> | undefined;
  /** A copy of the incumbent, for a `verify` with a second parameter. */
  readonly original: Generation | undefined;
  /** Refuses the swap when it throws. */
  readonly warm: ((twin: View<F>) => Awaitable<unknown>) | undefined;
  /** Milliseconds that `verify` and `warm` may take each. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** @throws PluginError `failed-verify`, `deadline`, `aborted` */
export async function look<F extends Functions>(
  lifecycle: Lifecycle,
  twin: Generation,
  { contract, verify, original, warm, timeout, signal }: Look<F>,
): Promise<void> {
  if (!verify && !warm) return;
  const { version } = twin.build.manifest;
  const seen = shown(lifecycle, twin, contract, "the twin");
  const other = original && shown(lifecycle, original, contract, "the copy");
  try {
    if (verify && original) {
      const tape = new SharedHostCalls();
      for (const each of [original, twin]) each.answerFrom(tape.side());
    }
    const looking = async () => {
      const incumbent = other?.view ?? unseen(contract, whyUnseen(lifecycle, looksAtBoth(verify)));
      if ((await verify?.(seen.view, incumbent)) === false) throw new Error("it answered false");
    };
    const bounds = { timeout, signal };
    if (verify) await withDeadline("verify", looking, { ...bounds, failed: refusedBy("verify", version) });
    const warming = (over: AbortSignal) => warmUp(() => warm?.(seen.view), over);
    if (warm) await withDeadline("warm", warming, { ...bounds, failed: refusedBy("warm", version) });
  } finally {
    for (const each of [seen, other]) each?.end();
  }
}

/** Whether `verify` compares with the incumbent: a copy of that takes time and memory. */
export function looksAtBoth(verify: { readonly length: number } | undefined): boolean {
  return verify !== undefined && verify.length > 1;
}

/** A view of a generation that works until the check is over. */
function shown<F extends Functions>(
  { name, gate: own, surroundings }: Lifecycle,
  current: Generation,
  contract: Contract<F>,
  what: string,
): { readonly view: View<F>; readonly end: () => void } {
  const gate = new Gate({ plugin: name, concurrency: 1, ...own.limits });
  const { version } = current.build.manifest;
  const over = `could not call ${what} of ${name} ${version}: verify is over`;
  return {
    view: viewOf(contract, { name, gate, nesting: surroundings.nesting, current }, 0),
    end: () => void gate.end(new PluginError("closed", over), 0),
  };
}

/** Why there is no copy of the incumbent. */
function whyUnseen({ current }: Lifecycle, wanted: boolean): string {
  if (!wanted) return "verify names one parameter; name a second one, and a copy is kept for it";
  return current.trapped
    ? "it is not called any more, and so not copied either"
    : "it cannot be copied, since it does not export its mutable globals";
}

/** Stands in for an incumbent that was not copied: using it throws why. */
function unseen<F extends Functions>(contract: Contract<F>, why: string): View<F> {
  const refuse = (key: string) => () => {
    throw new PluginError("failed-verify", `could not call ${key} of the incumbent: ${why}`);
  };
  const calls = Object.fromEntries([...contract.functions.keys()].map((key) => [key, refuse(key)]));
  return { call: calls, callSync: calls } as unknown as View<F>;
}

function refusedBy(option: string, version: string): (cause: unknown) => PluginError {
  return (cause) =>
    new PluginError("failed-verify", `${option} refused version ${version}: ${reason(cause)}`, { cause });
}
