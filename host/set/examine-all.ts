/** Examining plugins together, without running any of their code. */
import type { Manifest } from "../../abi/manifest.ts";
import { camelCase } from "../../abi/type.ts";
import { optionsOf } from "../option.ts";
import { type LoadAllOptions, membersOf } from "./load-all.ts";
import { manifestOf } from "./member.ts";
import type { PluginEntry } from "./plugin-entry.ts";
import { type Dependency, wire } from "./wiring.ts";

/** An interface that a plugin asks for, and that no plugin of the set has. */
export interface AskedOfHost {
  readonly plugin: string;
  /** With its version. */
  readonly interface: string;
  /** In camelCase. */
  readonly functions: readonly string[];
}

/** What plugins declare about themselves, and how they would call one another. */
export interface ExaminedSet {
  /** In the order in which they were given. */
  readonly plugins: readonly { readonly manifest: Manifest; readonly digest: string | undefined }[];
  readonly dependencies: readonly Dependency[];
  /** What is left to be granted. */
  readonly asks: readonly AskedOfHost[];
  /** The names of the plugins in the order in which they would begin; empty where they call one another in a circle. */
  readonly order: readonly string[];
  /** Why `loadAll` would refuse them, apart from what is left to be granted, as sentences for people. */
  readonly problems: readonly string[];
}

/**
 * Reads and compiles plugins, and finds out which would serve which, as `loadAll` does. Nothing of them is run.
 *
 * @throws PluginError those of `examine`
 */
export async function examineAll(
  plugins: readonly (PluginEntry | PluginEntry["source"])[],
  options?: Pick<LoadAllOptions, "timeout" | "maxSourceBytes" | "signal">,
): Promise<ExaminedSet> {
  const members = await membersOf(plugins, { ...optionsOf(options, "examineAll") });
  const { dependencies, open, rows, problems } = wire(members);
  return {
    plugins: members.map((each) => ({ manifest: manifestOf(each), digest: each.content.module.digest })),
    dependencies,
    asks: open.map(([member, { interface: name, functions }]) => ({
      plugin: manifestOf(member).name,
      interface: name,
      functions: functions.map((each) => camelCase(each.name)),
    })),
    order: rows.flat().map((each) => manifestOf(each).name),
    problems,
  };
}
