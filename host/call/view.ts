/** Views: a contract as one plugin serves it, through whichever generation is current. */
import type { Calls, CallsSync, Contract, Functions } from "../contract/contract.ts";
import { atOnce, later, type Serving, type Slot } from "./calls.ts";
import { checkPatience, type WaitOptions } from "./queue.ts";

/** The functions of a contract as a plugin serves them: plain objects, made once. */
export interface View<F extends Functions = Functions> {
  /** Answer promises. They wait in order while a swap is under way, and survive being destructured. */
  readonly call: Calls<F>;
  /** Answer at once. They throw `[swapping]` instead of waiting or overtaking. */
  readonly callSync: CallsSync<F>;
}

/**
 * @param first the number of the view's first function among all that a generation serves
 * @param patience how long its calls wait
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

/** The half of a view that answers promises. @throws PluginError `argument` for a patience that is none */
export function callsOf<F extends Functions>(
  contract: Contract<F>,
  serving: Serving,
  first: number,
  patience?: WaitOptions,
): Calls<F> {
  if (patience !== undefined) checkPatience(patience);
  return frozen(contract, first, (slot) => later(serving, slot, patience)) as Calls<F>;
}

/** The half that answers at once. */
export function syncCallsOf<F extends Functions>(
  contract: Contract<F>,
  serving: Serving,
  first: number,
): CallsSync<F> {
  return frozen(contract, first, (slot) => atOnce(serving, slot)) as CallsSync<F>;
}

/** An object of functions and nothing else: without a prototype, a name that is not the plugin's finds nothing. */
function frozen(contract: Contract, first: number, make: (slot: Slot) => unknown): unknown {
  const calls: Record<string, unknown> = Object.create(null);
  let id = first;
  for (const [key, type] of contract.functions)
    calls[key] = make({ key, id: id++, arity: type.params.length });
  return Object.freeze(calls);
}
