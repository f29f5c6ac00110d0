/** Views: a contract as one plugin serves it, through whichever generation is current. */
import type { Manifest } from "../../abi/manifest.ts";
import type { FunctionType } from "../../abi/type.ts";
import { camelCase } from "../../abi/type.ts";
import { atOnce, later, type Serving, type Slot } from "../call/calls.ts";
import { checkPatience, type Patience } from "../call/queue.ts";
import { PluginError } from "../errors.ts";
import { type PluginModule, title } from "../module/module.ts";
import { type Calls, type CallsSync, type Contract, type Functions, UNCALLABLE } from "./contract.ts";
import { parseInterface, serves } from "./interface.ts";

/** The functions of a contract as one module has them: what `Instance.bind` takes. */
export interface Binding {
  readonly name: string;
  readonly type: FunctionType;
}

/**
 * Fits a module to a contract.
 *
 * @throws PluginError `mismatch` with both sides of everything that differs
 */
export function bindings(contract: Contract, module: PluginModule): readonly Binding[] {
  const { manifest, known } = module;
  const found = known.bindings.get(contract);
  if (found) return found;
  const problems: string[] = [];
  const own = manifest.interface && parseInterface(manifest.interface, `the manifest of ${title(module)}`);
  if (own && !serves(own, contract.interface)) {
    problems.push(`wanted the interface ${contract.interface.text}, found ${own.text}`);
  }
  const bound: Binding[] = [];
  for (const [key, wanted] of contract.functions) {
    const fitted = module.adapter.fit(module, key, wanted);
    if ("problem" in fitted) problems.push(`${key}: ${fitted.problem}`);
    else bound.push(fitted);
  }
  if (problems.length === 0) {
    known.bindings.set(contract, bound);
    return bound;
  }
  throw new PluginError(
    "mismatch",
    `${title(module)} does not fit ${named(contract)}: ${problems.join("; ")}`,
  );
}

function named({ interface: own, impliedBy }: Contract): string {
  if (impliedBy === undefined) return `the contract ${own.text}`;
  return (
    `${impliedBy}, which was loaded without a contract, so that all of its functions are expected ` +
    "(load it with a contract of those that you call, or begin the new version with a snapshot)"
  );
}

function callable({ exports }: Manifest): Manifest["exports"] {
  return exports.filter(({ name }) => name !== UNCALLABLE);
}

/** What of a module a contract that was made from it leaves out, for its warnings. */
export function leftOut({ impliedBy }: Contract, { manifest }: PluginModule): string[] {
  if (impliedBy === undefined || callable(manifest).length === manifest.exports.length) return [];
  return [
    `the function ${UNCALLABLE} of ${impliedBy} cannot be called: its name would make a promise of every object that it stands in`,
  ];
}

/** A contract made from what a module says of itself, for callers that have none. */
export function contractOf(module: PluginModule): Contract {
  const { manifest, adapter } = module;
  if (!adapter.typed) {
    throw new PluginError(
      "bad-contract",
      `could not load ${title(module)} without a contract: a module of this kind does not tell the types of its functions`,
    );
  }
  const text = manifest.interface ?? "moult:plugin/world@1.0.0";
  return {
    interface: parseInterface(text, `the manifest of ${title(module)}`),
    functions: new Map(callable(manifest).map((each) => [camelCase(each.name), each])),
    impliedBy: title(module),
  };
}

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
  patience?: Patience,
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
  patience?: Patience,
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
