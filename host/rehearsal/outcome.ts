/** Outcomes: the result of one call, to be compared with that of another. */
import { AbiError } from "../../abi/error.ts";
import type { Awaitable } from "../awaitable.ts";
import { PluginError, reason } from "../errors.ts";
import { shown } from "../shown.ts";
import type { Differing } from "../transition.ts";
import { NOTHING, parting } from "./parting.ts";

/** An answer, an err, or a trap. */
export type Outcome =
  | { readonly kind: "answer"; readonly value: unknown }
  | { readonly kind: "err"; readonly value: unknown }
  | { readonly kind: "trap"; readonly value: string };

/**
 * @throws PluginError, AbiError for a call without an outcome: arguments of the wrong type, a closed plugin
 */
export async function outcome(call: () => Awaitable<unknown>): Promise<Outcome> {
  try {
    return { kind: "answer", value: await call() };
  } catch (error) {
    if (error instanceof AbiError && error.fault === "argument") throw error;
    if (!(error instanceof PluginError)) return { kind: "trap", value: reason(error) };
    if (error.code === "guest-error") return { kind: "err", value: error.payload };
    if (error.code === "trapped") return { kind: "trap", value: reason(error.cause ?? error) };
    throw error;
  }
}

/**
 * @returns nothing when they are equal. Two traps are always equal, because their messages may name places
 */
export function differing(was: Outcome, is: Outcome): Differing | undefined {
  if (was.kind !== is.kind) return { was: outcomeText(was), is: outcomeText(is) };
  if (was.kind === "trap") return undefined;
  const found = parting(was.value, is.value);
  if (!found) return undefined;
  const [one, other] = [outcomeText(was), outcomeText(is)];
  if (!cut(one) && !cut(other)) return { was: one, is: other };
  const [a, b] = [found.one, found.other];
  if (typeof a === "string" && typeof b === "string" && (cut(shown(a)) || cut(shown(b)))) {
    const from = partingOf(a, b);
    return {
      at: `${found.at} from character ${from + 1}`,
      was: part(a.slice(from)),
      is: part(b.slice(from)),
    };
  }
  return { at: found.at, was: part(a), is: part(b) };
}

function partingOf(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}

function outcomeText({ kind, value }: Outcome): string {
  if (kind === "answer") return value === undefined ? "nothing" : shown(value);
  if (kind === "err") return value === undefined ? "an err" : `the err ${shown(value)}`;
  return `a trap: ${value}`;
}

function part(value: unknown): string {
  return value === NOTHING ? "nothing" : shown(value);
}

function cut(text: string): boolean {
  return text.endsWith("…");
}
