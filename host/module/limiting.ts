/**
 * Limits that are written into a module's code: fuel, and the maximum of its own memory. This part is loaded
 * when it is first needed.
 */
import { WasmBinary } from "../../abi/wasm/binary.ts";
import { capped, elementsOf } from "../../abi/wasm/capping.ts";
import { Malformed } from "../../abi/wasm/malformed.ts";
import { metered } from "../../abi/wasm/metering.ts";
import { PluginError, reason } from "../errors.ts";
import { type CheckedLimits, DEADLINE, type Limits, type Metering } from "../limits.ts";
import { isGroup, misfit } from "../option.ts";
import { checkTime } from "../timer.ts";
import { meteringOf } from "./fuel-tank.ts";

const NAMES = [
  "fuel",
  "hookFuel",
  "deadline",
  "hookDeadline",
  "memory",
] as const satisfies readonly (keyof Limits)[];
/** Bytes of a page of memory. */
const PAGE = 65_536;
/** Bytes that engines take for an element of a table, at most. */
const ELEMENT = 64;
const MOST_FUEL = Number.MAX_SAFE_INTEGER;
/** Fuel up to here is counted in 32 bits, which is fastest. */
const FAST = 2 ** 31 - 1;

/** @throws PluginError `argument` */
export function limitsOf(given: Limits): CheckedLimits {
  if (!isGroup(given)) throw misfit(given, "limits", "an object, or undefined");
  const stranger = Object.keys(given).find((name) => !NAMES.some((known) => known === name));
  if (stranger !== undefined) throw misfit(stranger, "limits", `${NAMES.join(", ")} and nothing else`);
  const { fuel, hookFuel, deadline, hookDeadline, memory } = given;
  const units = (value: unknown, name: string) => {
    if (typeof value === "number" && value >= 1 && (value <= MOST_FUEL || value === Number.POSITIVE_INFINITY))
      return;
    throw misfit(value, name, "units of fuel from 1 up, or Infinity for any number");
  };
  if (fuel !== undefined) units(fuel, "limits.fuel");
  if (hookFuel !== undefined) units(hookFuel, "limits.hookFuel");
  if (memory !== undefined && !(typeof memory === "number" && memory >= PAGE))
    throw misfit(memory, "limits.memory", `bytes from ${PAGE} up: memory comes in pages of so many`);
  if (deadline !== undefined) checkTime(deadline, "limits.deadline");
  if (hookDeadline !== undefined) checkTime(hookDeadline, "limits.hookDeadline");
  const call = Math.min(fuel ?? MOST_FUEL, MOST_FUEL);
  const hook = Math.min(hookFuel ?? hookFuelFor(call), MOST_FUEL);
  const timed = deadline !== undefined || hookDeadline !== undefined;
  const time = deadline ?? DEADLINE.call;
  const metered = fuel !== undefined || hookFuel !== undefined;
  return {
    fuel: metered ? { call, hook } : undefined,
    deadline: timed ? { call: time, hook: hookDeadline ?? 10 * time } : undefined,
    pages: memory === undefined || memory >= 65_536 * PAGE ? undefined : Math.floor(memory / PAGE),
  };
}

/** A hundred times as much; no more than is counted fast, where the calls are. */
function hookFuelFor(call: number): number {
  return call <= FAST ? Math.min(100 * call, FAST) : 100 * call;
}

/** A module with its limits in it. */
export interface Limited {
  readonly bytes: Uint8Array;
  readonly metering?: Metering;
}

/**
 * @param bytes begin as a module does
 * @throws PluginError `invalid-module`; `too-large` for a module that begins with more memory than it may have
 */
export function limited(bytes: Uint8Array, from: string, { fuel, pages }: CheckedLimits): Limited {
  try {
    let own = bytes;
    if (pages !== undefined) own = withMemory(new WasmBinary(own), from, pages);
    if (!fuel) return { bytes: own };
    // Else a module could name what is added to it, and fill its own tank.
    if (!WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)) throw unlimited(bytes, from, undefined);
    const made = metered(new WasmBinary(own), { start: fuel.hook, most: fuel.call });
    return { bytes: made.bytes, metering: meteringOf(made, fuel) };
  } catch (cause) {
    if (!(cause instanceof Malformed)) throw cause;
    throw unlimited(bytes, from, cause);
  }
}

/**
 * The error for a module that could not be read, or compiled, with its limits in it. What the engine says of
 * the module's own bytes comes first.
 */
export function unlimited(bytes: Uint8Array, from: string, cause: unknown): PluginError {
  const refused = (found: string, cause: unknown) =>
    new PluginError("invalid-module", `could not load ${from}: ${found}`, { cause });
  try {
    new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
  } catch (own) {
    return refused(`it is not valid WebAssembly: ${reason(own)}`, own);
  }
  return refused(`its limits cannot be written into its code: ${reason(cause)}`, cause);
}

function withMemory(binary: WasmBinary, from: string, pages: number): Uint8Array {
  const large = binary.memories.find(({ initial }) => initial > pages);
  if (large) {
    const [found, allowed] = [large.initial, pages].map((count) => `${count / 16} MiB`);
    const why = `it begins with ${found} of memory, and limits.memory allows ${allowed}`;
    throw new PluginError("too-large", `could not load ${from}: ${why}`);
  }
  const elements = (pages * PAGE) / ELEMENT;
  const found = elementsOf(binary);
  if (found > elements) {
    const why = `its tables begin with ${found} elements, and limits.memory allows ${elements}, of ${ELEMENT} bytes each`;
    throw new PluginError("too-large", `could not load ${from}: ${why}`);
  }
  if (binary.types.some(({ kind }) => kind === "struct" || kind === "array"))
    throw new Malformed(
      "it has types of objects, which live in its host's memory, and limits.memory holds for its own",
    );
  return capped(binary, { pages, elements });
}
