/** The calls of a trial, recorded as they are made, so that they can be made again of copies. */
import { assert } from "vitest";
import { camelCase } from "../../abi/tools.ts";
import { hasHook } from "../dev/check/crossing.ts";
import { type DriveCall, madeUpDrive } from "../dev/check/drive.ts";
import { heldOutside } from "../dev/check/held.ts";
import {
  type Asked,
  type Contract,
  examine,
  type FunctionsOf,
  type Plugin,
  type Transition,
} from "../mod.ts";
import type { UpgradeOptions } from "./trial.ts";

/** Calls that are compared; a drive may make thousands. */
const MOST = 256;

type Calls = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;

/** The same trial, with its calls recorded. */
export function writtenDown<F extends FunctionsOf<Contract>>(
  trial: UpgradeOptions<F>,
): { readonly trial: UpgradeOptions<F>; readonly calls: readonly DriveCall[] } {
  const calls: DriveCall[] = [];
  const listen = (call: Calls): Calls => {
    const heard = Object.entries(call).map(([name, ask]) => [
      name,
      (...args: never[]) => {
        if (calls.length < MOST) calls.push([name, ...args]);
        return ask(...args);
      },
    ]);
    return Object.fromEntries(heard);
  };
  const { drive, observe } = trial;
  const heard = {
    ...(drive && { drive: (call: Plugin<F>["call"]) => drive(listen(call as Calls) as never) }),
    ...(observe && {
      observe: (call: Plugin<F>["call"], version: string) => observe(listen(call as Calls) as never, version),
    }),
  };
  return { trial: { ...trial, ...heard }, calls };
}

/**
 * How a dry run of a swap answers the calls; functions that were not called get some calls with small made-up
 * values.
 */
export async function answersOf<F extends FunctionsOf<Contract>>(
  plugin: Plugin<F>,
  module: Uint8Array,
  calls: readonly DriveCall[],
): Promise<Transition["answers"]> {
  const { manifest } = await examine(module);
  const served = manifest.exports.filter(({ name }) => Object.hasOwn(plugin.call, camelCase(name)));
  const all = calls.length > 0 ? calls : madeUpDrive({ exports: served }, { rounds: 2, small: true });
  if (all.length === 0) return undefined;
  return (await plugin.swap(module, { approve: () => true, dryRun: true, answers: all as Asked })).answers;
}

/**
 * Fails when a version answers differently once its state is in another instance of it. `module` is that
 * version's.
 */
export async function holdsNothing(
  answers: Transition["answers"],
  module: Uint8Array,
  label: string,
): Promise<void> {
  if (!answers?.itself) return;
  const { manifest, code } = await examine(module);
  const held = heldOutside(answers.itself, manifest, hasHook(code));
  if (held && !held.meant)
    assert.fail(
      `${label} was swapped for itself, and answers otherwise${held.why}: ${held.lines.join("; ")}`,
    );
}
