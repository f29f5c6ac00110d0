/** What plugins are granted in a rehearsal: the same answers every time, and nothing that leaves it. */
import { clock, type Grant, log, random } from "../../mod.ts";
import type { GrantName } from "../grant-name.ts";
import { randomFrom } from "./sample.ts";

/** A log that nobody reads, a clock that goes on by a millisecond with every look, and random numbers from the seed. */
export function rehearsalGrants(names: readonly GrantName[], seed: number): readonly Grant[] {
  let time = Date.UTC(2000, 0, 1);
  const draw = randomFrom(seed);
  const nobody = { debug() {}, info() {}, warn() {}, error() {} };
  const fill = (bytes: Uint8Array) => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(draw() * 256);
  };
  return [
    ...(names.includes("log") ? [log(nobody)] : []),
    ...(names.includes("clock") ? clock({ now: () => time++, monotonic: () => time++ }) : []),
    ...(names.includes("random") ? [random(fill)] : []),
  ];
}
