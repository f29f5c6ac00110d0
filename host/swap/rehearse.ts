/**
 * The rehearsal of a swap: every step but the pause, on copies of the real state. It never changes the
 * plugin.
 */
import { run } from "../awaitable.ts";
import type { Contract, Functions } from "../contract/contract.ts";
import { withDeadline } from "../deadline.ts";
import { PluginError } from "../errors.ts";
import type { Source } from "../module/source.ts";
import type { Transition } from "../transition.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { changesOf } from "./prepare.ts";
import { rehearsedAnswers } from "./rehearsed-answers.ts";
import { takeOver } from "./swap.ts";
import { checkedAnswers, type SwapOptions } from "./swap-options.ts";
import { Upgrade } from "./upgrade.ts";

/**
 * Runs a swap without its pause. Allowed at any time, also on probation and during another swap.
 *
 * @throws PluginError with the record of the refusal, as the swap would
 */
export async function rehearse<F extends Functions>(
  lifecycle: Lifecycle,
  contract: Contract<F>,
  source: Source,
  options: SwapOptions<F>,
): Promise<Transition> {
  const { name } = lifecycle;
  const calls = checkedAnswers(name, contract, options);
  if (lifecycle.closed) throw new PluginError("closed", `could not swap ${name}: it was closed`);
  // The successor never serves, so it needs no warming.
  const { warm: _, ...rest } = options;
  const upgrade = new Upgrade(lifecycle, contract, rest as SwapOptions);
  const { recorder, timeout, signal, reset } = upgrade;
  try {
    const prepared = await upgrade.prepare(source);
    recorder.changes = changesOf(prepared);
    recorder.enter("save");
    const saved = await upgrade.save(calls.length > 0 || undefined);
    recorder.enter("prepare");
    await lifecycle.turn();
    if (calls.length > 0) {
      const { original } = upgrade;
      const asking = (over: AbortSignal) =>
        rehearsedAnswers(lifecycle, { prepared, original, calls, reset, signal: over });
      recorder.answers = await withDeadline("answers", asking, { timeout, signal });
    }
    await upgrade.look(prepared, saved);
    await lifecycle.turn();
    const successor = await prepared.candidate.successor();
    try {
      await run(takeOver(recorder, successor, saved.state));
    } finally {
      successor.discard();
    }
  } catch (error) {
    throw upgrade.refused(error);
  } finally {
    upgrade.release();
  }
  return upgrade.record("rehearsed");
}
