/**
 * Whatever an author's classes are, and whatever is held at the top of the file: a plugin that was swapped, snapshot
 * and loaded answers as one that never was, or its build or its swap is refused and it serves on.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { BuildError, build, library } from "../../abi/transform/mod.ts";
import { load, type Plugin, PluginError } from "../../host/mod.ts";
import { type Action, actions, type Program, programs } from "./programs.ts";

const folder = mkdtempSync(join(tmpdir(), "moult-programs-"));
afterAll(() => rmSync(folder, { recursive: true }));
const trees = library();
const RUNS = Number(process.env.MOULT_PROGRAMS ?? 1000);
const SEED = Number(process.env.MOULT_SEED ?? Date.now() % 1_000_000);

type Calls = Plugin<Record<string, never>>;
const counts = { built: 0, crossed: 0, refused: 0, unbuilt: 0 };

async function compiled({ source }: Program): Promise<Uint8Array | undefined> {
  const entry = join(folder, "plugin.ts");
  writeFileSync(entry, source);
  try {
    const { wasm } = await build(entry, {
      optimize: "debug",
      sourceMap: false,
      library: trees,
      name: "random",
    });
    counts.built++;
    return wasm;
  } catch (error) {
    if (!(error instanceof BuildError) || error.diagnostics.length === 0) throw error;
    // A refusal of ours names a line; anything else is a program that this test should not have written.
    expect(error.diagnostics.map(({ code }) => code)).toEqual(error.diagnostics.map(() => "AS109"));
    counts.unbuilt++;
    return undefined;
  }
}

/** Lets the state cross once. @returns the plugin that serves then */
async function cross(plugin: Calls, wasm: Uint8Array, way: "swap" | "snapshot"): Promise<Calls> {
  try {
    if (way === "swap") {
      await plugin.swap(wasm);
      counts.crossed++;
      return plugin;
    }
    const state = await plugin.snapshot();
    const next = (await load(wasm, { state })) as unknown as Calls;
    await plugin.close();
    counts.crossed++;
    return next;
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    expect({ code: error.code, message: error.message }).toMatchObject({ code: "failed-save" });
    expect(error.message).toMatch(/it holds the same \S.* as C\d.*@shared|lie in one another/);
    counts.refused++;
    return plugin;
  }
}

async function run(program: Program, actions: readonly Action[]): Promise<void> {
  const wasm = await compiled(program);
  if (!wasm) return;
  type Open = { op(which: number, k: number): Promise<void>; look(): Promise<string> };
  const call = (plugin: Calls) => plugin.call as unknown as Open;
  const still = (await load(wasm)) as unknown as Calls;
  let moved = (await load(wasm)) as unknown as Calls;
  try {
    for (const action of [...actions, { do: "swap" } as const]) {
      if (action.do === "call") {
        for (const one of [still, moved]) await call(one).op(action.which % program.operations, action.k);
      } else moved = await cross(moved, wasm, action.do);
      expect(await call(moved).look()).toBe(await call(still).look());
    }
  } finally {
    await still.close();
    await moved.close();
  }
}

test(`${RUNS} random plugins answer after swaps and snapshots as if there had been none (seed ${SEED})`, async () => {
  await fc.assert(fc.asyncProperty(programs, actions, run), {
    numRuns: RUNS,
    seed: SEED,
    endOnFailure: true,
  });
  console.log(JSON.stringify(counts));
}, 900_000);
