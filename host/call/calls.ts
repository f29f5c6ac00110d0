/** Call objects: plain functions of fixed arity, each looking up the current generation when it is called. */

import { type Awaitable, isPromise } from "../awaitable.ts";
import { PluginError } from "../errors.ts";
import type { Generation } from "../generation/generation.ts";
import type { Gate } from "./gate.ts";
import type { Patience } from "./queue.ts";

/** What calls go through: one mutable box for each plugin. */
export interface Serving {
  readonly name: string;
  readonly gate: Gate;
  readonly nesting: { readonly depth: number };
  /** The cutover is an assignment to this. */
  current: Generation;
  /** What answers later, when it is no grant. */
  readonly slow?: string | undefined;
}

/** Number and arity of one function of a view. */
export interface Slot {
  readonly key: string;
  readonly id: number;
  readonly arity: number;
}

type Args = readonly unknown[];
type Invoke = (generation: Generation) => unknown;

/** A function that answers a promise: it goes in at once when the gate is open, and waits in order when it is not. */
export function later(
  serving: Serving,
  slot: Slot,
  patience?: Patience,
): (...args: never[]) => Promise<unknown> {
  const { key, id } = slot;
  const go = (invoke: Invoke) => enter(serving, key, invoke, patience);
  switch (slot.arity) {
    case 0:
      return () => go((g) => (g.calls[id] as () => unknown)());
    case 1:
      return (a: unknown) => go((g) => (g.calls[id] as (a: unknown) => unknown)(a));
    case 2:
      return (a: unknown, b: unknown) =>
        go((g) => (g.calls[id] as (a: unknown, b: unknown) => unknown)(a, b));
    default:
      return (...args: Args) => go((g) => (g.calls[id] as (...args: Args) => unknown)(...args));
  }
}

/** A function that answers at once, or throws: it never waits and never overtakes. */
export function atOnce(serving: Serving, slot: Slot): (...args: never[]) => unknown {
  const { key, id } = slot;
  switch (slot.arity) {
    case 0:
      return () => {
        const generation = open(serving, key);
        try {
          return (generation.calls[id] as () => unknown)();
        } catch (error) {
          throw generation.failed(error, key);
        } finally {
          serving.gate.leave();
        }
      };
    case 1:
      return (a: unknown) => {
        const generation = open(serving, key);
        try {
          return (generation.calls[id] as (a: unknown) => unknown)(a);
        } catch (error) {
          throw generation.failed(error, key);
        } finally {
          serving.gate.leave();
        }
      };
    case 2:
      return (a: unknown, b: unknown) => {
        const generation = open(serving, key);
        try {
          return (generation.calls[id] as (a: unknown, b: unknown) => unknown)(a, b);
        } catch (error) {
          throw generation.failed(error, key);
        } finally {
          serving.gate.leave();
        }
      };
    default:
      return (...args: Args) => {
        const generation = open(serving, key);
        try {
          return (generation.calls[id] as (...args: Args) => unknown)(...args);
        } catch (error) {
          throw generation.failed(error, key);
        } finally {
          serving.gate.leave();
        }
      };
  }
}

function open(serving: Serving, key: string): Generation {
  const { gate, current } = serving;
  if (gate.depth !== 0 || gate.blocked !== 0 || current.answersLater) throw refusal(serving, key);
  gate.depth = 1;
  return current;
}

function enter(
  serving: Serving,
  key: string,
  invoke: Invoke,
  patience: Patience | undefined,
): Promise<unknown> {
  const { gate } = serving;
  if (serving.nesting.depth !== 0) return Promise.reject(reentrant(serving, key));
  if (gate.depth === 0 && gate.blocked === 0 && !serving.current.answersLater && !patience?.signal?.aborted) {
    const generation = serving.current;
    gate.depth = 1;
    try {
      return Promise.resolve(invoke(generation));
    } catch (error) {
      return Promise.reject(generation.failed(error, key));
    } finally {
      gate.leave();
    }
  }
  return gate.pass(key, () => attempt(serving.current, key, invoke), patience);
}

/** One call of one generation, its errors told as the caller should read them. */
function attempt(generation: Generation, key: string, invoke: Invoke): Awaitable<unknown> {
  let answer: unknown;
  try {
    answer = invoke(generation);
  } catch (error) {
    throw generation.failed(error, key);
  }
  if (!isPromise(answer)) return answer;
  return answer.then(undefined, (error) => {
    throw generation.failed(error, key);
  });
}

/** Why a call cannot be answered at once. */
function refusal(serving: Serving, key: string): PluginError {
  const { name, gate, nesting, current, slow = "a grant of this plugin" } = serving;
  if (nesting.depth !== 0) return reentrant(serving, key);
  if (gate.refused) return gate.refused;
  if (current.answersLater) {
    return new PluginError(
      "answers-later",
      `could not call ${name}.${key} at once: ${slow} answers later; use call`,
    );
  }
  return new PluginError(
    "swapping",
    `could not call ${name}.${key} at once: a swap or other calls come first; use call, which waits`,
  );
}

function reentrant({ name }: Serving, key: string): PluginError {
  return new PluginError(
    "reentrant",
    `could not call ${name}.${key}: a grant of the same plugin is being called, and the plugin waits for it`,
  );
}
