/** Checks of options: callers without a type checker may pass anything. */
import { describe } from "../abi/canonical/memory.ts";
import { PluginError } from "./errors.ts";

/**
 * Checks that a value is an amount: a time, a number of bytes, a count.
 *
 * @param name of the option: `drain`
 * @param wanted what the amount counts, and what `Infinity` means: `milliseconds from 0 up, or Infinity for
 * never`
 * @param most the largest amount allowed
 * @throws PluginError `argument`
 */
export function checkAmount(
  value: unknown,
  name: string,
  wanted: string,
  most = Number.POSITIVE_INFINITY,
): asserts value is number {
  if (typeof value === "number" && value >= 0 && value <= most) return;
  throw misfit(value, name, wanted);
}

/** Checks that a value is a number of bytes. @throws PluginError `argument` */
export function checkBytes(value: unknown, name: string): asserts value is number {
  checkAmount(value, name, "bytes from 0 up, or Infinity for any number");
}

/**
 * The options that were passed, or none.
 *
 * @param of the function that takes them, for messages: `swap`
 * @throws PluginError `argument`
 */
export function optionsOf<O extends object>(value: O | undefined, of: string): O {
  if (value === undefined) return {} as O;
  if (isGroup(value)) return value;
  throw misfit(value, `the options of ${of}`, "an object");
}

/**
 * Checks that an option is an object of options, or undefined.
 *
 * @param name of the option: `probation`
 * @throws PluginError `argument`
 */
export function checkGroup(value: unknown, name: string): void {
  if (value === undefined || isGroup(value)) return;
  throw misfit(value, name, "an object, or undefined");
}

/** Whether a value is an object of options. */
export function isGroup(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Checks that an option is a function, or undefined.
 *
 * @throws PluginError `argument`
 */
export function checkFunction(value: unknown, name: string): void {
  if (value === undefined || typeof value === "function") return;
  throw misfit(value, name, "a function, or undefined");
}

/**
 * Checks that an option is true, false, or undefined: a text such as "false" would count as true.
 *
 * @throws PluginError `argument`
 */
export function checkFlag(value: unknown, name: string): void {
  if (value === undefined || typeof value === "boolean") return;
  throw misfit(value, name, "true or false");
}

/** The error for an option of another kind. @param wanted the end of the sentence */
export function misfit(value: unknown, name: string, wanted: string): PluginError {
  return new PluginError("argument", `could not use ${name}: found ${describe(value)}, wanted ${wanted}`);
}

/**
 * Checks that a value is an AbortSignal or undefined.
 *
 * @throws PluginError `argument`
 */
export function checkSignal(value: unknown): asserts value is AbortSignal | undefined {
  if (value === undefined || value instanceof AbortSignal) return;
  throw misfit(value, "signal", "an AbortSignal");
}
