/** The capabilities that come with the loader: a log, clocks, and random numbers. */
import * as z from "zod/mini";
import { describe } from "../../abi/canonical/memory.ts";
import { wit } from "../../abi/wit.ts";
import { PluginError } from "../errors.ts";
import { checkFunction, optionsOf } from "../option.ts";
import { capability, type Grant } from "./capability.ts";
import { LogLines, type LogOptions, logBounds } from "./log-lines.ts";

/** Where log lines go: `console`, or anything with the same four methods. */
export interface LogSink {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

const LEVELS = ["debug", "info", "warn", "error"] as const;

/**
 * Lets a plugin write log lines. Lines of a version that is refused are never written.
 *
 * @throws PluginError `bad-grant` for a sink that lacks one of the four functions; `argument`
 */
export function log(sink: LogSink, options?: LogOptions): Grant {
  checkSink(sink);
  const bounds = logBounds(options);
  const level = z.enum(LEVELS);
  return capability(
    "moult:log/log@1.0.0",
    { write: { params: [level, z.string()], kind: "post" } },
    ({ signal }) => {
      const lines = new LogLines(bounds, (message) => sink.warn(message));
      signal.addEventListener("abort", () => lines.tellLeft());
      return {
        write: (at, message) => {
          const line = lines.take(message);
          if (line !== undefined) sink[at](line);
        },
      };
    },
  );
}

/** Checked here, where the mistake is, and not at a plugin's first line. */
function checkSink(sink: unknown): void {
  const given = (sink ?? {}) as Readonly<Record<string, unknown>>;
  const missing = LEVELS.filter((each) => typeof given[each] !== "function");
  if (missing.length === 0) return;
  const all = missing.length === LEVELS.length;
  const found = all ? describe(sink) : `an object without ${missing.join(", ")}`;
  const hint =
    typeof sink === "function"
      ? "; to have every line in one function f, log({ debug: f, info: f, warn: f, error: f })"
      : "";
  throw new PluginError(
    "bad-grant",
    `could not grant the log: wanted an object with the functions ${LEVELS.join(", ")}, such as console, found ${found}${hint}`,
  );
}

/** A plugin's clocks, in milliseconds; tests may give their own. */
export interface Clock {
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
  /** Milliseconds since any fixed moment, never going back. @default performance.now */
  readonly monotonic?: () => number;
}

/** Lets a plugin read the time: `wasi:clocks` wall-clock and monotonic-clock. */
export function clock(source?: Clock): readonly Grant[] {
  const { now = Date.now, monotonic = () => performance.now() } = optionsOf(source, "clock");
  checkFunction(now, "now");
  checkFunction(monotonic, "monotonic");
  const datetime = z.object({ seconds: z.uint64(), nanoseconds: z.uint32() });
  const wall = capability(
    "wasi:clocks/wall-clock@0.2",
    { now: { params: [], returns: datetime, kind: "read" } },
    () => ({
      now: () => {
        const at = now();
        const seconds = Math.floor(at / 1000);
        return { seconds: BigInt(seconds), nanoseconds: Math.floor((at - seconds * 1000) * 1e6) };
      },
    }),
  );
  const steady = capability(
    "wasi:clocks/monotonic-clock@0.2",
    { now: { params: [], returns: z.uint64(), kind: "read" } },
    () => ({ now: () => BigInt(Math.round(monotonic() * 1e6)) }),
  );
  return [wall, steady];
}

/** Fills bytes with random values, at most 65,536 at a time, as `crypto.getRandomValues` does. */
export type Randomness = (bytes: Uint8Array<ArrayBuffer>) => void;

const MOST = 65_536;

/** Lets a plugin draw random numbers: `wasi:random/random`. */
export function random(fill: Randomness = (bytes) => void crypto.getRandomValues(bytes)): Grant {
  checkFunction(fill, "random");
  return capability(
    "wasi:random/random@0.2",
    {
      getRandomU64: { params: [], returns: z.uint64(), kind: "read" },
      getRandomBytes: { params: [z.uint64()], returns: wit.bytes(), kind: "read" },
    },
    () => ({
      getRandomU64: () => {
        const bytes = new Uint8Array(8);
        fill(bytes);
        return new DataView(bytes.buffer).getBigUint64(0, true);
      },
      getRandomBytes: (count) => {
        if (count > MOST)
          throw new RangeError(`${count} random bytes were asked for; at most ${MOST} are given at once`);
        const bytes = new Uint8Array(Number(count));
        fill(bytes);
        return bytes;
      },
    }),
  );
}
