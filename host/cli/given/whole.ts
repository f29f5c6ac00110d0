/** Whole numbers as options. */
import { InvalidArgumentError } from "commander";

/** Reads a whole number. @throws InvalidArgumentError for what is none, or beyond these */
export function whole(least: number, most: number): (value: string) => number {
  return (value) => {
    const found = Number(value);
    if (/^\d+$/.test(value) && found >= least && found <= most) return found;
    throw new InvalidArgumentError(`Wanted a whole number from ${least} to ${most}.`);
  };
}
