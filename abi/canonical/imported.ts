/** Functions of a host, as a guest calls them. */

import { AbiError } from "../error.ts";
import { type FunctionType, isKind } from "../type.ts";
import type { Core, One } from "./codec.ts";
import { type Guest, unsigned } from "./memory.ts";
import { parameters, result } from "./signature.ts";

export interface ImportOptions {
  /**
   * The function's name in messages: `result of now`.
   * @default "the import"
   */
  readonly name?: string;
  /**
   * For a function that answers a `result`: turns an error of the implementation into the payload of `err`.
   * Rethrows errors that it cannot turn into one.
   * @default every error is thrown on, and traps the guest
   */
  readonly toErr?: (error: unknown) => unknown;
}

/**
 * Makes the core function that a guest imports: it lifts the arguments, calls the implementation, and lowers
 * the answer. Where the type's result is a `result`, the implementation returns the plain ok value, or
 * throws.
 *
 * The function throws, through the guest, AbiError `guest` for arguments that break the ABI, or for a call
 * from within `cabi_realloc` or `cabi_post_*`; AbiError `argument` for an answer of the implementation that
 * does not fit its type; and the implementation's own errors.
 *
 * @param guest called at each call, because imports are needed before there is an instance
 * @throws AbiError `manifest` for types that the Component Model does not allow
 */
export function imported(
  type: FunctionType,
  implementation: (...args: never[]) => unknown,
  guest: () => Guest,
  options: ImportOptions = {},
): (...flat: unknown[]) => Core | undefined {
  const { lift, width, codecs } = parameters(type, of(options));
  const finish = settle(type, options);
  const enter = (): Guest => entered(guest(), options);
  const call = implementation as (...args: unknown[]) => unknown;
  const ones = codecs.map((codec) => codec.one);
  const { direct } = finish;
  if (direct !== undefined && ones.every((one) => one !== undefined) && width <= 2) {
    // For clocks, counters, random numbers: nothing is allocated.
    const [a, b] = ones as [One, One];
    if (width === 0) return () => direct(enter(), call());
    if (width === 1) {
      return (first) => {
        const caller = enter();
        return direct(caller, call(a.lift(caller, first)));
      };
    }
    return (first, second) => {
      const caller = enter();
      return direct(caller, call(a.lift(caller, first), b.lift(caller, second)));
    };
  }
  const pair = codecs[0]?.pair;
  if (direct !== undefined && pair !== undefined && codecs.length === 1) {
    const place = `parameter ${type.params[0]!.name}${of(options)}`;
    return (pointer, units) => {
      const caller = enter();
      caller.memory.budget = caller.memory.most;
      return direct(caller, call(pair.lift(caller, unsigned(pointer, place), unsigned(units, place))));
    };
  }
  return (...flat) => {
    const caller = enter();
    caller.memory.budget = caller.memory.most;
    const args = lift(caller, flat);
    let value: unknown;
    try {
      value = call(...args);
    } catch (error) {
      return finish.threw(caller, error, flat[width]);
    }
    return finish.answered(caller, value, flat[width]);
  };
}

/**
 * The same for an implementation that answers a promise, and a guest that is suspended meanwhile: for
 * `WebAssembly.Suspending`. The result is lowered once the promise has settled.
 */
export function importedAsync(
  type: FunctionType,
  implementation: (...args: never[]) => unknown,
  guest: () => Guest,
  options: ImportOptions = {},
): (...flat: unknown[]) => Promise<Core | undefined> {
  const { lift, width } = parameters(type, of(options));
  const finish = settle(type, options);
  const call = implementation as (...args: unknown[]) => unknown;
  return async (...flat) => {
    const caller = entered(guest(), options);
    caller.memory.budget = caller.memory.most;
    const args = lift(caller, flat);
    let value: unknown;
    try {
      value = await call(...args);
    } catch (error) {
      return finish.threw(caller, error, flat[width]);
    }
    return finish.answered(caller, value, flat[width]);
  };
}

/**
 * Turns an implementation's answer into core values. `area` is the guest's pointer for the result, if one is
 * needed.
 */
interface Finish {
  answered(guest: Guest, value: unknown, area: unknown): Core | undefined;
  threw(guest: Guest, error: unknown, area: unknown): Core | undefined;
  /** The same as `answered`, where no area is needed and errors are thrown on. */
  readonly direct: ((guest: Guest, value: unknown) => Core | undefined) | undefined;
}

function settle(type: FunctionType, options: ImportOptions): Finish {
  const { lower, inArea } = result(type.result, `result${of(options)}`);
  if (isKind("result", type.result)) {
    const { toErr } = options;
    return {
      answered: (guest, val, area) => lower(guest, { tag: "ok", val }, area),
      threw: (guest, error, area) => {
        if (toErr === undefined) throw error;
        return lower(guest, { tag: "err", val: toErr(error) }, area);
      },
      direct: undefined,
    };
  }
  return {
    answered: lower,
    threw: (_, error) => {
      throw error;
    },
    direct: inArea ? undefined : (guest, value) => lower(guest, value, undefined),
  };
}

function of(options: ImportOptions): string {
  return ` of ${options.name ?? "the import"}`;
}

function entered(guest: Guest, options: ImportOptions): Guest {
  const { inside } = guest.memory;
  if (inside === undefined) return guest;
  throw new AbiError("guest", `${inside} called ${options.name ?? "an import"}; it may call nothing`);
}
