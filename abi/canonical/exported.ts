// biome-ignore-all lint/complexity/noArguments: `arguments.length` costs nothing, a rest array 7 ns
/**
 * Functions of a guest, as its host calls them. A guest can catch the error of an import and go on: that
 * error has shut its door, so a call that returns through a shut door is a trap.
 */

import { AbiError } from "../error.ts";
import { type FunctionType, isKind } from "../type.ts";
import { POST } from "../v1.ts";
import type { Core, One } from "./codec.ts";
import type { Door, Guest } from "./memory.ts";
import { parameters, type Result, result, wrongCount } from "./signature.ts";

/** An export of a guest: it takes and answers core values. */
export type CoreFunction = (...flat: never[]) => unknown;
type Callable = (...flat: unknown[]) => unknown;

/** Called with the payload of a function's `err`; it throws. */
export type OnErr = (payload: unknown) => never;

/**
 * Makes the JavaScript function that calls a guest's export: it lowers the arguments, calls, lifts the
 * result, and lets `post` free the guest's memory of it. After a failed lift `post` is not called: the guest
 * broke the ABI, and is not called again.
 *
 * The function throws AbiError `argument` for arguments that do not fit, before the guest's function runs;
 * AbiError `guest` for a result that breaks the ABI; the fault of the guest's door; and whatever the guest
 * throws.
 *
 * @param core the export, of the type `coreSignature(type, "export")`
 * @param post its `cabi_post_*`
 * @param onErr called when the result's type is a `result` and the guest answered an `err`; an `ok` value is
 * returned
 * @throws AbiError `manifest` for types that the Component Model does not allow
 */
export function exported(
  type: FunctionType,
  core: CoreFunction,
  post: CoreFunction | undefined,
  guest: Guest,
  onErr: OnErr,
): (...args: unknown[]) => unknown {
  return crossing(type).exported(core, post, guest, onErr);
}

/**
 * The same for a guest that may be suspended: `core` answers a promise, and so does the function, also for
 * bad arguments.
 */
export function exportedAsync(
  type: FunctionType,
  core: CoreFunction,
  post: CoreFunction | undefined,
  guest: Guest,
  onErr: OnErr,
): (...args: unknown[]) => Promise<unknown> {
  return crossing(type).exportedAsync(core, post, guest, onErr);
}

type Link<F> = (core: CoreFunction, post: CoreFunction | undefined, guest: Guest, onErr: OnErr) => F;

/**
 * How functions of one type cross, for all instances. Making it costs far more than linking it to an
 * instance.
 */
export interface Crossing {
  /** Links a function of the kind that `exported` describes. */
  readonly exported: Link<(...args: unknown[]) => unknown>;
  readonly exportedAsync: Link<(...args: unknown[]) => Promise<unknown>>;
  /** The core values that the export takes. */
  readonly width: number;
}

/** Crossings by type. Not state: each entry follows from its key. */
const CROSSINGS = new WeakMap<FunctionType, Crossing>();

/** @throws AbiError `manifest` for types that the Component Model does not allow */
export function crossing(type: FunctionType): Crossing {
  const made = CROSSINGS.get(type) ?? makeCrossing(type);
  CROSSINGS.set(type, made);
  return made;
}

function makeCrossing(type: FunctionType): Crossing {
  const { codecs, lower, width } = parameters(type, "");
  const { lift } = result(type.result, "result");
  const whole = isKind("result", type.result);
  const ending = { lift, whole, empty: type.result === undefined };
  const ones = codecs.map((codec) => codec.one);
  const pair = codecs.length === 1 ? codecs[0]?.pair : undefined;
  return {
    width,
    exported(core, post, guest, onErr) {
      const call = core as Callable;
      const { door = OPEN } = guest;
      const lift = answer(ending, post, guest, onErr);
      if (ones.every((one) => one !== undefined) && ones.length <= 4) return scalar(ones, call, guest, lift);
      if (pair !== undefined) {
        return function (value: unknown) {
          if (arguments.length !== 1) wrongCount(1, arguments.length);
          let pointer: number;
          try {
            pointer = pair.lower(guest, value);
          } catch (error) {
            throw blamed(guest, error);
          }
          if (door.shut) refuse(door);
          return lift(call(pointer, guest.memory.units));
        };
      }
      const flat = lowering(lower, guest);
      return (...args) => {
        const core = flat(args);
        if (door.shut) refuse(door);
        return lift(apply(call, core));
      };
    },
    exportedAsync(core, post, guest, onErr) {
      const { door = OPEN } = guest;
      const lift = answer(ending, post, guest, onErr);
      const flat = lowering(lower, guest);
      return async (...args) => {
        const given = flat(args);
        if (door.shut) refuse(door);
        return lift(await apply(core as Callable, given));
      };
    },
  };
}

/** The door of guests that are never shut: those of tests, and memory of our own. */
const OPEN: Door = { shut: false, fault: undefined };

/** After a trap nothing of a guest is called. */
function refuse({ fault }: Door): never {
  throw fault;
}

function lowering(
  lower: (guest: Guest, args: readonly unknown[]) => Core[],
  guest: Guest,
): (args: readonly unknown[]) => Core[] {
  return (args) => {
    try {
      return lower(guest, args);
    } catch (error) {
      throw blamed(guest, error);
    }
  };
}

/** An error of a getter while arguments are read is the caller's fault, and leaves the guest unchanged. */
export function blamed(guest: Guest, error: unknown): unknown {
  if (error instanceof AbiError || guest.memory.inside !== undefined) return error;
  const said = error instanceof Error ? error.message : String(error);
  return new AbiError("argument", `reading the arguments failed: ${said}`, { cause: error });
}

/** For up to four parameters of one core value each: nothing is allocated. */
function scalar(
  ones: readonly One[],
  core: Callable,
  guest: Guest,
  lift: (core: unknown) => unknown,
): (...args: unknown[]) => unknown {
  const [a, b, c, d] = ones as [One, One, One, One];
  const { door = OPEN } = guest;
  switch (ones.length) {
    case 0:
      return function () {
        if (arguments.length !== 0) wrongCount(0, arguments.length);
        if (door.shut) refuse(door);
        return lift(core());
      };
    case 1:
      return function (first: unknown) {
        if (arguments.length !== 1) wrongCount(1, arguments.length);
        const one = a.lower(guest, first);
        if (door.shut) refuse(door);
        return lift(core(one));
      };
    case 2:
      return function (first: unknown, second: unknown) {
        if (arguments.length !== 2) wrongCount(2, arguments.length);
        const one = a.lower(guest, first);
        const two = b.lower(guest, second);
        if (door.shut) refuse(door);
        return lift(core(one, two));
      };
    case 3:
      return function (first: unknown, second: unknown, third: unknown) {
        if (arguments.length !== 3) wrongCount(3, arguments.length);
        const one = a.lower(guest, first);
        const two = b.lower(guest, second);
        const three = c.lower(guest, third);
        if (door.shut) refuse(door);
        return lift(core(one, two, three));
      };
    default:
      return function (first: unknown, second: unknown, third: unknown, fourth: unknown) {
        if (arguments.length !== 4) wrongCount(4, arguments.length);
        const one = a.lower(guest, first);
        const two = b.lower(guest, second);
        const three = c.lower(guest, third);
        const four = d.lower(guest, fourth);
        if (door.shut) refuse(door);
        return lift(core(one, two, three, four));
      };
  }
}

interface Ending {
  readonly lift: Result["lift"];
  /** Whether the type is a `result`, whose ok is returned and whose err is thrown. */
  readonly whole: boolean;
  /** Whether there is no result. */
  readonly empty: boolean;
}

/** Turns the core function's answer into that of the JavaScript function. */
function answer(
  { lift, whole, empty }: Ending,
  post: CoreFunction | undefined,
  guest: Guest,
  onErr: OnErr,
): (core: unknown) => unknown {
  const free = post as Callable | undefined;
  const { door = OPEN } = guest;
  if (free === undefined && !whole) {
    return (core) => {
      if (door.shut) refuse(door);
      return lift(guest, core);
    };
  }
  return (core) => {
    if (door.shut) refuse(door);
    const value = lift(guest, core);
    if (free !== undefined) {
      guest.memory.inside = POST;
      if (empty) free();
      else free(core);
      if (door.shut) refuse(door);
      guest.memory.inside = undefined;
    }
    if (!whole) return value;
    const { tag, val } = value as { tag: "ok" | "err"; val: unknown };
    return tag === "ok" ? val : onErr(val);
  };
}

/** A spread would cost 35 ns. */
function apply(core: Callable, f: readonly unknown[]): unknown {
  switch (f.length) {
    case 0:
      return core();
    case 1:
      return core(f[0]);
    case 2:
      return core(f[0], f[1]);
    case 3:
      return core(f[0], f[1], f[2]);
    case 4:
      return core(f[0], f[1], f[2], f[3]);
    case 5:
      return core(f[0], f[1], f[2], f[3], f[4]);
    case 6:
      return core(f[0], f[1], f[2], f[3], f[4], f[5]);
    case 7:
      return core(f[0], f[1], f[2], f[3], f[4], f[5], f[6]);
    case 8:
      return core(f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7]);
    case 9:
      return core(f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8]);
    case 10:
      return core(f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9]);
    case 11:
      return core(f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9], f[10]);
    case 12:
      return core(f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9], f[10], f[11]);
    case 13:
      return core(f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9], f[10], f[11], f[12]);
    case 14:
      return core(f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9], f[10], f[11], f[12], f[13]);
    default:
      return core(...f);
  }
}
