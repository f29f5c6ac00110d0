import { describe, expect, it } from "vitest";
import { build } from "../kept/build.ts";
import { type Hammered, hammer } from "./hammer.ts";
import { possibleModes } from "./mode.ts";
import { failureText } from "./table.ts";
import { Versions } from "./version.ts";

const built = async (name: string, version: string) =>
  (await build(new URL(`../guests/hammer/${name}.ts`, import.meta.url), { version })).wasm;
/** In all: `MOULT_STEPS=1000000` for more. The seed of a failure is in its message. */
const STEPS = Number(process.env.MOULT_STEPS ?? 10_000);
const SEED = Number(process.env.MOULT_SEED ?? Date.now() % 1_000_000);
const MODES = possibleModes();

describe("random steps of every kind, all at once, with faults that come up anywhere", () => {
  it.each(MODES.map((mode) => [mode.name, mode] as const))(
    "keep every promise: %s",
    { timeout: 600_000 },
    async (_name, mode) => {
      const steps = Math.ceil(STEPS / MODES.length);
      const row: Hammered = await hammer({ versions: await Versions.of(built), mode, seed: SEED, steps });
      if (row.failure) throw new Error(failureText(row, JSON.stringify(row.failure.plan)));
      expect(row.steps).toBeGreaterThanOrEqual(steps);
    },
  );
});
