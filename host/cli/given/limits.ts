/** What a plugin may use, by options: as a host would limit it. */
import type { Command } from "commander";
import type { LoadOptions } from "../../mod.ts";
import { whole } from "./whole.ts";

export interface LimitOptions {
  /** Units. */
  readonly fuel?: number;
  /** MiB. */
  readonly memory?: number;
  /** Milliseconds. */
  readonly deadline?: number;
}

const MIB = 2 ** 20;
/** Units for its start and other hooks, at least: what is asked about is the call. */
const HOOK = 1_000_000_000;

/** Adds the options to a verb. */
export function limitOptions(command: Command): Command {
  return command
    .option(
      "--fuel <units>",
      "end a call that does more, and say how much it did",
      whole(1, Number.MAX_SAFE_INTEGER),
    )
    .option("--memory <mib>", "the memory that it may have", whole(1, 4_096))
    .option(
      "--deadline <ms>",
      "stop a call that takes longer, in a thread of its own",
      whole(1, 2 ** 31 - 1),
    );
}

/** The options of `load`. */
export function limitsOf({
  fuel,
  memory,
  deadline,
}: LimitOptions): Pick<LoadOptions, "limits" | "isolation"> {
  const limits = {
    ...(fuel !== undefined && { fuel, hookFuel: Math.max(fuel, HOOK) }),
    ...(memory !== undefined && { memory: memory * MIB }),
    ...(deadline !== undefined && { deadline }),
  };
  if (Object.keys(limits).length === 0) return {};
  return { limits, ...(deadline !== undefined && { isolation: "worker" as const }) };
}
