/** One handle over several versions: its functions, for nobody in particular or for the calls of one key. */
import { checkPatience } from "../call/queue.ts";
import type { Calls, Functions } from "../contract/contract.ts";
import { checkGroup, misfit } from "../option.ts";
import type { Choice } from "./choice.ts";

/** The functions of a contract, each call of which goes to a version that is chosen for it. */
export interface Keyed<F extends Functions> {
  readonly call: Calls<F>;
}

/** Makes one call. */
export type Dial = (
  name: string,
  args: readonly unknown[],
  key: string | undefined,
  choice: Choice,
) => Promise<unknown>;

const NOTHING: Choice = {};
/** UTF-16 units of a key. */
const LONGEST = 1024;

/** @param names of the functions */
export function keyed<F extends Functions>(
  names: Iterable<string>,
  dial: Dial,
  key?: string,
  choice: Choice = NOTHING,
): Keyed<F> {
  const calls: Record<string, unknown> = Object.create(null);
  for (const name of names) calls[name] = (...args: unknown[]) => dial(name, args, key, choice);
  return { call: Object.freeze(calls) as Calls<F> };
}

/** @throws PluginError `argument` */
export function checkKey(key: unknown, choice: unknown): void {
  if (typeof key !== "string" || key.length > LONGEST)
    throw misfit(key, "a key", `a text of at most ${LONGEST} characters, such as the id of a user`);
  checkGroup(choice, "the choice of by");
  const { version, attributes } = (choice ?? NOTHING) as { version?: unknown; attributes?: unknown };
  if (version !== undefined && typeof version !== "string") throw misfit(version, "version", "a text");
  checkGroup(attributes, "attributes");
  checkPatience((choice ?? NOTHING) as Choice);
}
