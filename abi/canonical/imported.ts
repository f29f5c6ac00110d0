/** Functions of a host, as a guest calls them. */

import { AbiError } from "../error.ts";
import { LIMITS } from "../limits.ts";
import { type FunctionType, isKind } from "../type.ts";
import type { Core, One } from "./codec.ts";
import { type Guest, unsigned } from "./memory.ts";
import { parameters, result } from "./signature.ts";

export interface ImportOptions {
  /**
   * What messages call the function: `result of now`.
   * @default "the import"
   */
  readonly name?: string;
  /**
   * For a function whose result's type is a `result`: the payload of `err` for what the implementation threw.
   * It throws again what it cannot map.
   * @default everything is thrown on, and traps the guest
   */
  readonly toErr?: (error: unknown) => unknown;
}

/**
 * Makes the core function that a guest imports: it lifts its arguments, calls the implementation, and lowers
 * what that returns. Where the result's type is a `result`, the implementation returns the plain ok value, or
 * throws.
 *
 * The function throws, through the guest, AbiError `guest` for arguments that break the ABI, or a call from
 * within `cabi_realloc` or `cabi_post_*`; AbiError `argument` when the implementation's answer does not fit
 * its type; and what the implementation throws.
 *
 * @param guest asked for at each call, because imports are needed before there is an instance
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
    // Clocks, counters, random numbers: nothing is allocated.
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
      caller.memory.budget = LIMITS.lifted;
      return direct(caller, call(pair.lift(caller, unsigned(pointer, place), unsigned(units, place))));
    };
  }
  return (...flat) => {
    const caller = enter();
    caller.memory.budget = LIMITS.lifted;
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
 * The same for an implementation that answers a promise, and a guest that waits for it: for
 * `WebAssembly.Suspending`. The result is lowered after the promise has settled.
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
    caller.memory.budget = LIMITS.lifted;
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
 * What becomes of an implementation's answer. `area` is the pointer that the guest gave for it, if it had to.
 */
interface Finish {
  answered(guest: Guest, value: unknown, area: unknown): Core | undefined;
  threw(guest: Guest, error: unknown, area: unknown): Core | undefined;
  /** `answered`, where no area is needed and what is thrown is thrown on. */
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
