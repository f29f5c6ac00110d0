/** Amounts that options name: times, bytes, counts. */
import { describe } from "../abi/canonical/memory.ts";
import { PluginError } from "./errors.ts";

/**
 * Whether a value can be an amount. Callers without a type checker may give anything.
 *
 * @param name of the option: `drain`
 * @param wanted what it counts, and what its `Infinity` means: `milliseconds from 0 up, or Infinity for never`
 * @throws PluginError `argument`
 */
export function checkAmount(value: unknown, name: string, wanted: string): asserts value is number {
  if (typeof value === "number" && value >= 0) return;
  throw new PluginError("argument", `could not use ${name}: found ${describe(value)}, wanted ${wanted}`);
}
