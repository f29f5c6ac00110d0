/** Call objects: plain functions of fixed arity, each looking up the current generation when it is called. */

import { type Awaitable, isPromise } from "../awaitable.ts";
import { PluginError } from "../errors.ts";
import type { Generation } from "../generation/generation.ts";
import { weight } from "../weight.ts";
import type { Gate } from "./gate.ts";
import type { Carried, Renewable, WaitOptions } from "./queue.ts";

/** What calls go through: one mutable object for each plugin. */
export interface Serving {
  readonly name: string;
  readonly gate: Gate;
  readonly nesting: Nested;
  /** The generation that serves. The cutover is an assignment to this. */
  current: Generation;
  /** The store that makes calls answer promises, for messages. */
  readonly slow?: string | undefined;
  /**
   * Milliseconds that a call waits behind one that a grant suspends.
   * @default no bound where re-entry is detected
   */
  readonly grantTimeout?: number | undefined;
}

/** The granted functions that are being called while the plugin waits for them. */
export interface Nested {
  /** The number of granted functions on the stack. */
  readonly depth: number;
  /** The grant whose code is running now, where the runtime can tell. */
  readonly within?: string | undefined;
  /** Whether `within` is known; `undefined` where no grant answers later. */
  readonly tells?: boolean | undefined;
  /** A grant that suspends a call now. */
  readonly suspending?: string | undefined;
}

/** Number and arity of one function of a view. */
export interface Slot {
  readonly key: string;
  readonly id: number;
  readonly arity: number;
}

type Args = readonly unknown[];
type Invoke = (generation: Generation) => unknown;

/**
 * A function that answers a promise. The call goes in at once when the gate is open, and waits in order when
 * it is not.
 */
export function later(
  serving: Serving,
  slot: Slot,
  patience?: WaitOptions,
): (...args: never[]) => Promise<unknown> {
  const { key, id } = slot;
  // The arguments are handed on one by one: a list of them would be made for every call that does not wait.
  const go = (invoke: Invoke, a?: unknown, b?: unknown) => enter(serving, key, invoke, patience, a, b);
  switch (slot.arity) {
    case 0:
      return () => go((g) => (g.calls[id] as () => unknown)());
    case 1:
      return (a: unknown) => go((g) => (g.calls[id] as (a: unknown) => unknown)(a), a);
    case 2:
      return (a: unknown, b: unknown) =>
        go((g) => (g.calls[id] as (a: unknown, b: unknown) => unknown)(a, b), a, b);
    default:
      return (...args: Args) => go((g) => (g.calls[id] as (...args: Args) => unknown)(...args), args);
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
  patience: WaitOptions | undefined,
  a: unknown,
  b: unknown,
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
  if (serving.nesting.within !== undefined) return Promise.reject(reentrant(serving, key));
  const how = { ...patient(serving, key, patience), bytes: () => weight(a) + weight(b) };
  const carried = patience?.bind ?? itself;
  const making = carried(() => attempt(serving.current, key, invoke));
  return gate.pass(key, making, how);
}

const itself: Carried = (work) => work;

/** Milliseconds that a call waits for a grant which may itself be waiting for the call. */
const LONG = 30_000;

/**
 * The wait options of a call that needs the gate. A call that a grant makes, and waits for, would otherwise
 * wait for ever.
 */
export function patient(serving: Serving, key: string, own: WaitOptions = {}): Renewable {
  const { nesting } = serving;
  const mayWaitForItself = nesting.tells === false || nesting.within !== undefined;
  const { grantTimeout = mayWaitForItself ? LONG : Number.POSITIVE_INFINITY } = serving;
  if (own.timeout !== undefined || grantTimeout === Number.POSITIVE_INFINITY) return own;
  const late = () => {
    const grant = nesting.suspending;
    return grant === undefined ? undefined : tooLong(serving, key, grant, grantTimeout);
  };
  return { ...own, timeout: grantTimeout, late };
}

function tooLong({ name }: Serving, key: string, grant: string, milliseconds: number): PluginError {
  const why = `another call is suspended in the grant ${grant}, which did not answer within ${milliseconds} ms`;
  const may = `a grant that calls its own plugin, and waits for the answer, waits for itself; it was not called`;
  return new PluginError("deadline", `could not call ${name}.${key}: ${why}; ${may}`);
}

/** One call of one generation, with its errors as the caller should see them. */
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
  const { name, gate, nesting, current } = serving;
  if (nesting.depth !== 0) return reentrant(serving, key);
  if (gate.refused) return gate.refused;
  if (current.answersLater) {
    const slow = current.slow ?? serving.slow ?? "a grant of this plugin";
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
