/** A folder for a test's files, gone when the test file is done. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";

export interface Folder {
  readonly path: string;
  /** @returns the file's name in the folder */
  write(name: string, contents: Uint8Array | string): Promise<string>;
}

export async function folder(): Promise<Folder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "moult-cli-")));
  afterAll(() => rm(path, { recursive: true, force: true }));
  return {
    path,
    async write(name, contents) {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), contents);
      return name;
    },
  };
}
