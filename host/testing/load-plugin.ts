/** Loading a plugin in a test. */
import { onTestFinished } from "vitest";
import { type Contract, type FunctionsOf, type LoadOptions, load, type Plugin } from "../mod.ts";
import { moduleOf, type PluginSource } from "./plugin-source.ts";

type Functions = FunctionsOf<Contract>;

export interface LoadPluginOptions<F extends Functions = Functions>
  extends Pick<LoadOptions, "grant" | "state" | "store" | "afterTrap"> {
  /** What the test expects of the plugin. @default all functions that it exports, untyped */
  readonly contract?: Contract<F>;
}

/**
 * Builds a plugin, if it is given as source, and loads it. A plugin loaded in a test (not in `beforeAll`) is
 * closed when the test is over. A build is cached in `.moult/` of the plugin's package, and used again while
 * its files are unchanged.
 *
 * @param source a path from the test's own file, a `file:` URL, or bytes
 * @throws BuildError with every error's place; ProjectError when there is no such file; PluginError as `load`
 * does
 * @example const { call } = await loadPlugin("../plugin.ts", { contract: Counter, grant: [fakeClock()] })
 */
export async function loadPlugin<F extends Functions = Functions>(
  source: PluginSource,
  options: LoadPluginOptions<F> = {},
): Promise<Plugin<F>> {
  const { contract, ...rest } = options;
  const ending = atEnd();
  const module = await moduleOf(source);
  const plugin = contract ? await load(contract, module, rest) : await load(module, rest);
  ending.plugin = plugin as Plugin;
  return plugin as Plugin<F>;
}

/** Called before anything is awaited: only then does vitest know which test is running. */
function atEnd(): { plugin?: Plugin } {
  const ending: { plugin?: Plugin } = {};
  try {
    onTestFinished(() => ending.plugin?.close());
  } catch {
    // Outside of a test, the caller has to close the plugin.
  }
  return ending;
}
