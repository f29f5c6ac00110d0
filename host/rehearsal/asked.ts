/** Calls that a caller asks for: functions and arguments. */
import { describe } from "../../abi/canonical/memory.ts";
import type { Arguments, Contract, Functions } from "../contract/contract.ts";

/**
 * Calls of a contract's functions, by name: `{ report: [[]], find: [["a"], ["b"]] }`, or in a given order:
 * `[["put", "a"], ["report"]]`.
 */
export type Asked<F extends Functions = Functions> = string extends keyof F
  ? // Of a plugin of any contract it takes what it is given, as its functions do: such a plugin every other one is too.
    // biome-ignore lint/suspicious/noExplicitAny: nothing else is both given and taken
    any
  : AskedOf<F>;

type AskedOf<F extends Functions> =
  | { readonly [N in keyof F]?: readonly Arguments<F[N]>[] }
  | readonly { readonly [N in keyof F]: readonly [name: N, ...args: Arguments<F[N]>] }[keyof F][];

type AskedByName = Readonly<Record<string, readonly (readonly unknown[])[] | undefined>>;
type AskedInOrder = readonly (readonly [name: string, ...args: unknown[]])[];

export interface AskedCall {
  readonly name: string;
  /** The number of the function in its contract. */
  readonly slot: number;
  readonly args: readonly unknown[];
}

/** @throws TypeError for anything but calls, and for a function that the contract does not have */
export function askedCalls(
  asked: AskedByName | AskedInOrder,
  { functions }: Pick<Contract, "functions">,
): readonly AskedCall[] {
  if (typeof asked !== "object" || asked === null) {
    const wanted = 'calls by function, as { find: [["a"]] }, or in order, as [["find", "a"]]';
    throw new TypeError(`found ${describe(asked)}, wanted ${wanted}`);
  }
  const slots = new Map([...functions.keys()].map((name, slot) => [name, slot]));
  const calls: readonly (readonly [name: string, args: readonly unknown[]])[] = inOrder(asked)
    ? asked.map(([name, ...args]) => [name, args])
    : Object.entries(asked).flatMap(([name, each = []]) => each.map((args) => [name, args] as const));
  return calls.map(([name, args]) => {
    const slot = slots.get(name);
    if (slot !== undefined) return { name, slot, args };
    const known = [...slots.keys()].slice(0, 20).join(", ") || "none";
    throw new TypeError(`there is no function ${JSON.stringify(name)} to ask; there is ${known}`);
  });
}

function inOrder(asked: AskedByName | AskedInOrder): asked is AskedInOrder {
  return Array.isArray(asked);
}
