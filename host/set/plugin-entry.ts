/** Entries of a set: where each plugin comes from, and what it may do. */
import type { Contract, Functions } from "../contract/contract.ts";
import type { LoadOptions } from "../load-options.ts";
import { isSource, type Source } from "../module/source.ts";
import { misfit } from "../option.ts";
import { isLive, type LiveSource } from "../swap/live-source.ts";

/** One plugin of a set: its source, and the options of `load`, which come before those that all share. */
export interface PluginEntry<F extends Functions = Functions> extends LoadOptions<F>, Usage {
  readonly source: Source | LiveSource;
  /** The package that it was found in, for `permit`. */
  readonly package?: string;
}

/** What the plugins of a set may do with one another. */
export interface Usage {
  /**
   * Functions that only look, in camelCase: other plugins of the set may call them at any time. All others are effects.
   * @default none
   */
  readonly reads?: readonly string[];
  /**
   * Interfaces of other plugins that this one may call, in any version: `acme:geo/places`; `true` for every one that it
   * imports. Also of plugins that only a later version of it will call, if they began before it.
   * @default true; nothing for plugins that `folder` and `packages` found
   */
  readonly uses?: true | readonly string[];
}

/** The contract of an entry. */
export type FunctionsOfEntry<E> = E extends { readonly contract: Contract<infer F extends Functions> }
  ? F
  : Functions;

/** @throws PluginError `argument` */
export function entriesOf(given: unknown): readonly PluginEntry[] {
  if (!Array.isArray(given))
    throw misfit(given, "the plugins of loadAll", "a list of sources, or of { source, ... }");
  return given.map((each: unknown, i) => {
    const bare = isSource(each) || isLive(each);
    const entry = (bare ? { source: each } : { ...(each as object | undefined) }) as PluginEntry;
    if (!isSource(entry.source) && !isLive(entry.source))
      throw misfit(
        entry.source,
        `plugin ${i + 1} of loadAll`,
        "a source, or { source, ... } with the options of load",
      );
    checkUsage(entry);
    return entry;
  });
}

/** @throws PluginError `argument` */
export function checkUsage({ reads, uses }: Usage): void {
  if (reads !== undefined && !isTexts(reads))
    throw misfit(reads, "reads", "a list of functions that only look");
  if (uses !== undefined && uses !== true && !isTexts(uses))
    throw misfit(uses, "uses", "true, or a list of interfaces");
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
