/** Views: a contract as one plugin serves it, through whichever generation is current. */
import type { Calls, CallsSync, Contract, Functions } from "../contract/contract.ts";
import { atOnce, later, type Serving, type Slot } from "./calls.ts";
import { checkPatience, type WaitOptions } from "./queue.ts";

/** The functions of a contract as a plugin serves them: plain objects, made once. */
export interface View<F extends Functions = Functions> {
  /**
   * Functions that answer promises. Calls wait in order while a swap is under way. The functions may be
   * destructured and kept.
   */
  readonly call: Calls<F>;
  /** Functions that answer at once. They throw `[swapping]` instead of waiting or overtaking. */
  readonly callSync: CallsSync<F>;
}

/**
 * @param first the number of the view's first function among all that a generation serves
 * @param patience how long its calls may wait for their turn
 */
export function viewOf<F extends Functions>(
  contract: Contract<F>,
  serving: Serving,
  first: number,
  patience?: WaitOptions,
): View<F> {
  return {
    call: callsOf(contract, serving, first, patience),
    callSync: syncCallsOf(contract, serving, first),
  };
}

/** The asynchronous half of a view. @throws PluginError `argument` for invalid wait options */
export function callsOf<F extends Functions>(
  contract: Contract<F>,
  serving: Serving,
  first: number,
  patience?: WaitOptions,
): Calls<F> {
  if (patience !== undefined) checkPatience(patience);
  return frozen(contract, first, (slot) => later(serving, slot, patience)) as Calls<F>;
}

/** The synchronous half of a view. */
export function syncCallsOf<F extends Functions>(
  contract: Contract<F>,
  serving: Serving,
  first: number,
): CallsSync<F> {
  return frozen(contract, first, (slot) => atOnce(serving, slot)) as CallsSync<F>;
}

/**
 * An object with these functions and nothing else: it has no prototype, so that no inherited name can be
 * called.
 */
function frozen(contract: Contract, first: number, make: (slot: Slot) => unknown): unknown {
  const calls: Record<string, unknown> = Object.create(null);
  let id = first;
  for (const [key, type] of contract.functions)
    calls[key] = make({ key, id: id++, arity: type.params.length });
  return Object.freeze(calls);
}
