/** Before a run of tests of the package as strangers get it: builds and packs the project once, as `npm publish` would. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";

const root = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);
/** npm is a script of a shell on Windows. */
const shell = process.platform === "win32";

declare module "vitest" {
  export interface ProvidedContext {
    /** The folder in which the package's files are unpacked; its tarball lies beside it. */
    packed: string;
  }
}

/** @returns what removes it after the run */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "moult-packed-"));
  await run("npm", ["pack", "--foreground-scripts", "--pack-destination", folder], { cwd: root, shell });
  const [tarball = ""] = await readdir(folder);
  await run("tar", ["-xzf", tarball], { cwd: folder });
  project.provide("packed", join(folder, "package"));
  return () => rm(folder, { recursive: true });
}
