/** Snapshots of a plugin: its state as a file. */
import { run, wait } from "../awaitable.ts";
import { patient } from "../call/calls.ts";
import { PluginError } from "../errors.ts";
import { LazyPart } from "../lazy-part.ts";
import { title } from "../module/info.ts";
import { misfit, optionsOf } from "../option.ts";
import type { Lifecycle } from "./lifecycle.ts";

export interface SnapshotOptions {
  /**
   * Whether the instance that serves saves its state itself, many times faster than a copy of it, which is made for
   * each snapshot otherwise. A save that fails ends the version then, as a trap does. What a plugin saves by code
   * of its own (`save`, `restore`) is saved on a copy all the same.
   * @default false
   */
  readonly inPlace?: boolean;
}

export const SNAPSHOTS = new LazyPart(() => import("../../abi/state/container.ts"));

/** Takes a snapshot when its turn has come. @throws PluginError `argument`, `no-state`, `failed-save`, `trapped`, `closed` */
export async function snapshotOf(lifecycle: Lifecycle, options?: SnapshotOptions): Promise<Uint8Array> {
  const { inPlace = false } = optionsOf(options, "snapshot");
  if (typeof inPlace !== "boolean") throw misfit(inPlace, "inPlace", "true or false");
  const saving = function* () {
    const { current } = lifecycle;
    const saved = yield* wait(inPlace ? current.saveInPlace() : current.save());
    current.forget();
    return { build: current.build, saved };
  };
  const { gate, serving } = lifecycle;
  const { build, saved } = await gate.pass("snapshot", () => run(saving()), patient(serving, "snapshot"));
  const { name, version, state } = build.manifest;
  if (!state || !saved)
    throw new PluginError("no-state", `could not take a snapshot: ${title(build)} has no state`);
  const { schema, fingerprint } = state;
  const { writeSnapshot } = await SNAPSHOTS.load(`could not take a snapshot of ${lifecycle.name}`);
  return writeSnapshot({ schema, fingerprint, datum: saved.datum, plugin: name, version });
}
