/** The grants of a rehearsal: they answer the same every time, and reach nothing outside. */
import { clock, type Grant, log, random } from "../../mod.ts";
import type { GrantName } from "../grant-name.ts";
import { randomFrom } from "./sample.ts";

/**
 * A log that prints nothing, a clock that advances by a millisecond with every read, and random numbers from
 * the seed.
 */
export function rehearsalGrants(names: readonly GrantName[], seed: number): readonly Grant[] {
  let time = Date.UTC(2000, 0, 1);
  const draw = randomFrom(seed);
  const sink = { debug() {}, info() {}, warn() {}, error() {} };
  const fill = (bytes: Uint8Array) => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(draw() * 256);
  };
  return [
    ...(names.includes("log") ? [log(sink)] : []),
    ...(names.includes("clock") ? clock({ now: () => time++, monotonic: () => time++ }) : []),
    ...(names.includes("random") ? [random(fill)] : []),
  ];
}
