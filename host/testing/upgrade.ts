/** A swap in a test: the old version's state must continue in the next one, or the swap is refused. */
import { assert, expect } from "vitest";
import type { DriveCall } from "../dev/check/drive.ts";
import {
  type Contract,
  type ErrorCode,
  type FunctionsOf,
  type Plugin,
  PluginError,
  type Transition,
} from "../mod.ts";
import { loadPlugin } from "./load-plugin.ts";
import { expected, manifestOf, stateOf } from "./passage.ts";
import { moduleOf, type PluginSource } from "./plugin-source.ts";
import { readable, type UpgradeOptions } from "./trial.ts";
import { answersOf, holdsNothing, writtenDown } from "./trial-calls.ts";

export interface Upgrade {
  /**
   * Loads and drives the old version, swaps in the next one, and swaps that for itself, so that it also saves
   * the state that it got. Fails, with the difference, unless the state is the same each time, and each
   * version answers the calls of the trial as before once its state is in another instance of it.
   *
   * @returns the record of the swap, with the `answers` of a dry run before it
   */
  keeps(): Promise<Transition>;
  /**
   * Loads and drives the old version, and fails unless the swap is refused with this code, and the old
   * version goes on with its state.
   *
   * @returns the error of the refused swap
   */
  refuses(code: ErrorCode): Promise<PluginError>;
}

/**
 * Describes what must happen to the state when one version of a plugin replaces another.
 *
 * @example await expectUpgrade("./v1.ts", "../plugin.ts", { drive: (call) => call.add(3), observe: (call) =>
 * call.total() }).keeps()
 */
export function expectUpgrade<F extends FunctionsOf<Contract> = FunctionsOf<Contract>>(
  old: PluginSource,
  next: PluginSource,
  given: UpgradeOptions<F> = {},
): Upgrade {
  return {
    async keeps() {
      const { trial, calls } = writtenDown(given);
      const { plugin, module, way, from } = await begin(old, next, trial);
      const seen = await trial.observe?.(plugin.call, plugin.version);
      const saved = await stateOf(plugin);
      // Before the swap, which loses anything that the old version holds outside of its state.
      const answers =
        trial.answers === false ? undefined : await orNone(answersOf(plugin, module, [...calls]));
      await holdsNothing(answers, from, `${plugin.name} ${plugin.version}`);
      const record = await swapped(plugin, module, way);
      const wanted = expected(saved, (await manifestOf(module))!);
      if (!trial.observe && !wanted) {
        assert.fail(
          `${way}: it takes the step ${record.steps.join(" -> ")}, and only you can say what that has to keep: ` +
            "give observe",
        );
      }
      const crossed = readable(await stateOf(plugin));
      if (!trial.observe) expect(crossed, `${way}: the state is another one`).toEqual(wanted!.value);
      else {
        const after = await trial.observe(plugin.call, plugin.version);
        expect(after, `${way}: observe answers something else`).toEqual(seen);
      }
      await again(plugin, module, trial, calls);
      return { ...record, ...(answers && { answers }) };
    },
    async refuses(code) {
      const { plugin, module, way } = await begin(old, next, given);
      const saved = await stateOrNone(plugin);
      const refusal = await plugin.swap(module, GRANTED).then(
        ({ steps }) =>
          assert.fail(`${way} was to be refused with [${code}], and went well: ${steps.join(" -> ")}`),
        (error: unknown) => error,
      );
      if (!(refusal instanceof PluginError)) throw refusal;
      expect(refusal.code, `${way} was refused for another reason: ${refusal.message}`).toBe(code);
      expect(await stateOrNone(plugin), `${way} was refused, and changed the state`).toEqual(saved);
      return refusal;
    },
  };
}

/** Whatever the next version asks for was granted for it; `moult check` tells what is new. */
const GRANTED = { approve: () => true } as const;

interface Begun<F extends FunctionsOf<Contract>> {
  readonly plugin: Plugin<F>;
  /** The modules of the old version and of the next one. */
  readonly from: Uint8Array;
  readonly module: Uint8Array;
  /** For messages: `counter 1.0.0 -> counter 2.0.0`. */
  readonly way: string;
}

async function begin<F extends FunctionsOf<Contract>>(
  old: PluginSource,
  next: PluginSource,
  trial: UpgradeOptions<F>,
): Promise<Begun<F>> {
  const { contract, grant, drive } = trial;
  const loading = loadPlugin(old, { ...(contract && { contract }), ...(grant && { grant }) });
  const [plugin, module] = await Promise.all([loading, moduleOf(next)]);
  // Comes from the cache, since it was built before.
  const from = await moduleOf(old);
  const manifest = await manifestOf(module);
  const to = manifest ? `${manifest.name} ${manifest.version}` : "what is no plugin";
  await drive?.(plugin.call);
  return { plugin, from, module, way: `${plugin.name} ${plugin.version} -> ${to}` };
}

async function swapped<F extends FunctionsOf<Contract>>(
  plugin: Plugin<F>,
  module: Uint8Array,
  way: string,
): Promise<Transition> {
  return plugin.swap(module, GRANTED).catch((error: unknown) => {
    if (!(error instanceof PluginError)) throw error;
    return assert.fail(`${way} was to keep the state, and was refused: ${error.message}`);
  });
}

async function stateOrNone(plugin: Pick<Plugin, "snapshot">): Promise<unknown> {
  try {
    return readable(await stateOf(plugin));
  } catch (error) {
    if (error instanceof PluginError && error.code === "no-state") return undefined;
    throw error;
  }
}

/** A dry run that is refused says nothing: the swap itself reports the refusal. */
async function orNone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof PluginError) return undefined;
    throw error;
  }
}

/**
 * Swaps a version for itself, so that it saves its state and takes it over again.
 *
 * @param calls the calls of the trial
 */
export async function again<F extends FunctionsOf<Contract>>(
  plugin: Plugin<F>,
  module: Uint8Array,
  { observe, answers }: UpgradeOptions<F>,
  calls: readonly DriveCall[],
): Promise<void> {
  const label = `${plugin.name} ${plugin.version}`;
  const look = async () => (observe ? observe(plugin.call, plugin.version) : readable(await stateOf(plugin)));
  const before = await look();
  await swapped(plugin, module, `${label} -> itself`);
  const what = observe ? "what observe saw" : "the state";
  expect(await look(), `${label} was swapped for itself, and ${what} is another`).toEqual(before);
  if (answers === false) return;
  await holdsNothing(await answersOf(plugin, module, [...calls]), module, label);
}
