/** Snapshots of released versions: one of each is committed, and the newest code has to read it. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { assert, expect, onTestFinished } from "vitest";
import { AbiError, type Manifest, readSnapshot } from "../../abi/tools.ts";
import type { DriveCall } from "../dev/check/drive.ts";
import { type Contract, type FunctionsOf, type Plugin, PluginError } from "../mod.ts";
import { loadPlugin } from "./load-plugin.ts";
import { expected, manifestOf, stateOf } from "./passage.ts";
import { fromTest, moduleOf, type PluginSource } from "./plugin-source.ts";
import { readable, type UpgradeOptions } from "./trial.ts";
import { writtenDown } from "./trial-calls.ts";
import { again } from "./upgrade.ts";

export interface ReleasedOptions<F extends FunctionsOf<Contract> = FunctionsOf<Contract>>
  extends UpgradeOptions<F> {
  /** The folder of the snapshots, from the test's own file. @default "./released" */
  readonly folder?: string;
}

interface Released {
  readonly file: string;
  readonly fresh: boolean;
}

declare module "vitest" {
  interface TaskMeta {
    /** The snapshot that `moult test --release` asked this test for; `fresh` when its file is new. */
    moultReleased?: Released;
  }
}

/**
 * Fails unless this version can begin with the state of every released version: from each file
 * `released/VERSION.avro` it restores, saves and restores again, and `observe` answers the same both times.
 * The same is required of its own state, as `drive` makes it.
 *
 * Under `moult test --release`, its own state is written to a file there if the test passes. An existing file
 * is never overwritten.
 *
 * @returns the versions whose state was read, oldest first
 */
export async function expectReleased<F extends FunctionsOf<Contract> = FunctionsOf<Contract>>(
  source: PluginSource,
  options: ReleasedOptions<F> = {},
): Promise<readonly string[]> {
  const { folder = "./released", ...given } = options;
  const { trial, calls } = writtenDown(given);
  const path = fromTest(folder);
  const note = atEnd();
  const newest = await loadPlugin(source, loading(trial));
  const module = await moduleOf(source);
  const manifest = (await manifestOf(module))!;
  if (!manifest.state) assert.fail(`${newest.name} ${newest.version} has no state that could be released`);
  await trial.drive?.(newest.call);
  const own = await newest.snapshot();
  await again(newest, module, trial, calls);
  const versions = await versionsIn(path, options.folder !== undefined && !process.env.MOULT_RELEASE);
  for (const version of versions)
    await reads({ module, manifest, file: join(path, `${version}.avro`), version, trial, calls });
  if (!process.env.MOULT_RELEASE) return versions;
  note.released = await release(join(path, `${newest.version}.avro`), own);
  return versionsIn(path, true);
}

/** What the test reports to the command. */
function atEnd(): { released?: Released } {
  const note: { released?: Released } = {};
  onTestFinished(({ task }) => {
    if (note.released !== undefined) task.meta.moultReleased = note.released;
  });
  return note;
}

function loading<F extends FunctionsOf<Contract>>({ contract, grant }: UpgradeOptions<F>) {
  return { ...(contract && { contract }), ...(grant && { grant }) };
}

/** Writes the snapshot of a version, unless it exists. */
async function release(file: string, snapshot: Uint8Array): Promise<Released> {
  await mkdir(join(file, ".."), { recursive: true });
  try {
    await writeFile(file, snapshot, { flag: "wx" });
    return { file, fresh: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const there = await readFile(file);
    if (!there.equals(snapshot)) {
      assert.fail(
        `${shown(file)} is there with another state, and was not touched; give the new version another number in package.json`,
      );
    }
    return { file, fresh: false };
  }
}

/** @param wanted whether the folder has to exist */
async function versionsIn(folder: string, wanted: boolean): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    // Before the first release there is no folder.
    if (error.code === "ENOENT" && !wanted) return [];
    return assert.fail(`could not read ${shown(folder)}: ${error.code}; \`moult test --release\` makes it`);
  });
  const versions = names
    .filter((name) => name.endsWith(".avro"))
    .map((name) => name.slice(0, -".avro".length));
  return versions.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

interface Reading<F extends FunctionsOf<Contract>> {
  readonly module: Uint8Array;
  readonly manifest: Manifest;
  readonly file: string;
  readonly version: string;
  readonly trial: UpgradeOptions<F>;
  readonly calls: readonly DriveCall[];
}

async function reads<F extends FunctionsOf<Contract>>(reading: Reading<F>): Promise<void> {
  const { module, manifest, file, version, trial, calls } = reading;
  const bytes = new Uint8Array(await readFile(file));
  const snapshot = await readSnapshot(bytes).catch((error: unknown) => {
    if (!(error instanceof AbiError)) throw error;
    return assert.fail(`${shown(file)}: ${error.message}`);
  });
  if (version === manifest.version && snapshot.fingerprint !== manifest.state?.fingerprint) {
    assert.fail(
      `version ${version} is released with another class of state: ${shown(file)}; give this one another number in package.json`,
    );
  }
  const reader = `${manifest.name} ${manifest.version} reads ${shown(file)}`;
  let plugin: Plugin<F>;
  try {
    plugin = await loadPlugin(module, { ...loading(trial), state: bytes });
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    assert.fail(`${reader}: ${error.message}`);
  }
  const wanted = trial.observe ? undefined : expected(snapshot, manifest);
  if (wanted)
    expect(readable(await stateOf(plugin)), `${reader}, and has another state`).toEqual(wanted.value);
  await again(plugin, module, { ...trial, ...observing(trial, version) }, calls);
  await plugin.close();
}

/** Passes to `observe` the version that the state comes from. */
function observing<F extends FunctionsOf<Contract>>(
  { observe }: UpgradeOptions<F>,
  version: string,
): Pick<UpgradeOptions<F>, "observe"> {
  return observe ? { observe: (call) => observe(call, version) } : {};
}

/** A path from the working directory, with `/`. */
function shown(path: string): string {
  return relative(".", path).replaceAll("\\", "/");
}
