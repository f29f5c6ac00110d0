/** The tools' settings in a plugin's `package.json`, under `moult`. */
import { z } from "zod";

/** The interfaces that the tools can grant by name. */
export const GRANTS = ["log", "clock", "random", "config", "kv", "http"] as const;

export const settings = z.strictObject({
  interface: z
    .string()
    .optional()
    .describe('The interface that the plugin serves, with its version: "demo:logs/handler@1.0.0".'),
  entry: z
    .string()
    .default("plugin.ts")
    .describe("The entry file, from the package's folder. What it exports is the plugin's interface."),
  plugin: z
    .string()
    .optional()
    .describe('Of a package that others install: the module that they load, as "./build/visits.wasm".'),
  reads: z
    .array(z.string())
    .optional()
    .describe("Of such a package: functions that only look, and that other plugins may call at any time."),
  out: z.string().default("build").describe("Where a build writes to, from the package's folder."),
  grant: z
    .array(z.enum(GRANTS))
    .default([])
    .describe("What the plugin may reach when it is run by `moult run` and `moult dev`. Nothing by default."),
});

export type Settings = z.output<typeof settings>;

/**
 * The JSON schema of a `package.json` with `moult` in it, for editors; it leaves the other settings to other
 * schemas.
 */
export function packageSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...moult } = z.toJSONSchema(settings, { io: "input" });
  return {
    $schema,
    title: "A package.json with settings for moult",
    type: "object",
    properties: { moult: { description: "A plugin, as moult's tools see it.", ...moult } },
  };
}
