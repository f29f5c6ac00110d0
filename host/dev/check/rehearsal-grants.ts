/** The grants of a rehearsal: they answer the same every time, and reach nothing outside. */
import { config, http, kv } from "../../capabilities/mod.ts";
import { clock, type Grant, log, random } from "../../mod.ts";
import type { GrantName } from "../grant-name.ts";
import { randomFrom } from "./sample.ts";

/**
 * A log that prints nothing, a clock that advances by a millisecond with every read, random numbers from the
 * seed, a configuration and a bucket with nothing in them, and requests that are all denied.
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
    ...(names.includes("config") ? [config({})] : []),
    ...(names.includes("kv") ? [kv()] : []),
    ...(names.includes("http") ? [deniedHttp()] : []),
  ];
}

/** It answers at once, so that it is there in engines that cannot suspend a plugin. */
function deniedHttp(): Grant {
  const { interface: own, functions } = http({ allow: [] });
  const atOnce = [...functions].map(([key, granted]) => [key, { ...granted, async: false }] as const);
  const send = () => {
    throw new Error("denied: a rehearsal sends nothing");
  };
  return { interface: own, functions: new Map(atOnce), make: () => ({ send }) };
}
