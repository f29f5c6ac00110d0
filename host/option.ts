/** Options: what callers without a type checker give for one may be anything. */
import { describe } from "../abi/canonical/memory.ts";
import { PluginError } from "./errors.ts";

/**
 * Whether a value can be an amount: a time, bytes, a count.
 *
 * @param name of the option: `drain`
 * @param wanted what it counts, and what its `Infinity` means: `milliseconds from 0 up, or Infinity for never`
 * @param most no amount is more
 * @throws PluginError `argument`
 */
export function checkAmount(
  value: unknown,
  name: string,
  wanted: string,
  most = Number.POSITIVE_INFINITY,
): asserts value is number {
  if (typeof value === "number" && value >= 0 && value <= most) return;
  throw new PluginError("argument", `could not use ${name}: found ${describe(value)}, wanted ${wanted}`);
}

/**
 * Options as they were given, or none.
 *
 * @param of what takes them: `swap`
 * @throws PluginError `argument`
 */
export function optionsOf<O extends object>(value: O | undefined, of: string): O {
  if (value === undefined) return {} as O;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  const found = describe(value);
  throw new PluginError("argument", `could not use the options of ${of}: found ${found}, wanted an object`);
}

/**
 * Whether a value can be a signal, or is left out.
 *
 * @throws PluginError `argument`
 */
export function checkSignal(value: unknown): asserts value is AbortSignal | undefined {
  if (value === undefined || value instanceof AbortSignal) return;
  throw new PluginError("argument", `could not use signal: found ${describe(value)}, wanted an AbortSignal`);
}
