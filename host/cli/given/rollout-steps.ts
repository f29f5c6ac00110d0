/** Steps and bounds of a rollout as they are typed. */
import { InvalidArgumentError } from "commander";
import { PluginError } from "../../mod.ts";
import { type Bound, boundsIn, type Step, stepsIn, timeIn } from "../../release/mod.ts";

/** @throws InvalidArgumentError */
export function stepsOf(text: string): Step[] {
  return typed(() => stepsIn(text));
}

/** @throws InvalidArgumentError */
export function boundsOf(text: string): Bound[] {
  return typed(() => boundsIn(text));
}

/** Milliseconds. @throws InvalidArgumentError */
export function timeOf(text: string): number {
  const time = timeIn(text);
  if (time !== undefined) return time;
  throw new InvalidArgumentError(`"${text}" is no time: 500ms, 30s, 10m, 1h.`);
}

function typed<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof PluginError ? new InvalidArgumentError(error.rawMessage) : error;
  }
}
