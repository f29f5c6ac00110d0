/** The short form of the list, for tests: all but what takes long, and what other tests do by the thousand. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import type { Engine } from "./engines.ts";
import { FEATURES } from "./features.ts";
import { furnish } from "./folder.ts";
import { lackOf } from "./lacks.js";

/** A folder with the package, for the tests of a file. */
export function furnished(packed: string): { readonly folder: string } {
  const own = { folder: "" };
  beforeAll(async () => {
    own.folder = await mkdtemp(join(tmpdir(), "moult-engines-"));
    await furnish(own.folder, packed);
  });
  afterAll(() => rm(own.folder, { recursive: true, maxRetries: 10, retryDelay: 100 }));
  return own;
}

/** Runs it, and expects each feature to work, or to fail as `lacks.js` says. */
export async function expectAll(engine: Engine, folder: string): Promise<void> {
  const { version, results } = await engine.run({ folder, slow: false });
  const asked = FEATURES.filter(({ slow, server }) => !slow && !(server && engine.page));
  const wanted = asked.map(({ id }) => {
    const lack = lackOf(id, { engine: engine.engine, version });
    return lack ? { id, result: "lacks", code: lack.error } : { id, result: "works" };
  });
  expect(results.map(({ ms: _, ...told }) => told)).toEqual(wanted);
}
