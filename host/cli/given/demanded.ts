/** What a module has to prove before a verb compiles it: signatures, and its place in a lock file. */
import { resolve } from "node:path";
import type { Command } from "commander";
import type { LoadOptions } from "../../mod.ts";
import { lockFile } from "../../node/mod.ts";
import type { Terminal } from "../terminal.ts";
import { publicKeys, several } from "./key-file.ts";

export interface DemandOptions {
  readonly key?: readonly string[];
  readonly lock?: string;
}

/** Adds the options to a verb. */
export function demandOptions(command: Command): Command {
  return command
    .option(
      "--key <file>",
      "a public key, one of which has to have signed it; more than once for more",
      several,
    )
    .option("--lock <file>", "the lock file that it has to be in, with the signers there");
}

/** @throws Failure, PluginError `bad-lock` */
export async function demanded(
  terminal: Terminal,
  { key = [], lock }: DemandOptions,
): Promise<Pick<LoadOptions, "trust" | "lock">> {
  const keys = key.length > 0 ? await publicKeys(terminal, key) : [];
  return {
    ...(keys.length > 0 && { trust: { keys } }),
    ...(lock !== undefined && { lock: await lockFile(resolve(terminal.cwd, lock)) }),
  };
}
