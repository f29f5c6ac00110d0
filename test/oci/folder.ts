/** Folders for a test's files, gone when the test file is done. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "moult-oci-"));
  afterAll(() => rm(path, { recursive: true, force: true }));
  return path;
}
