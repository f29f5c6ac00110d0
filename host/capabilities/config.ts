/** A plugin's configuration: texts that it may read. */
import * as z from "zod/mini";
import { describe } from "../../abi/canonical/memory.ts";
import { utf8Length } from "../../abi/canonical/text.ts";
import { PluginError } from "../errors.ts";
import { capability, type Grant } from "../grant/capability.ts";
import { checkBytes, isGroup, misfit, optionsOf } from "../option.ts";

export type ConfigValues = Readonly<Record<string, string>>;

export interface ConfigOptions {
  /** The most bytes of all keys and values, in UTF-8. @default 1 MiB */
  readonly maxBytes?: number;
}

/**
 * Lets a plugin read texts that the host gives: `moult:config/store`.
 *
 * @param values copied now; or a function, which is asked for them at every read, with the plugin's name. What
 * it throws, or answers wrongly, ends the plugin's call: `[grant-failed]`
 * @throws PluginError `argument` for values that are no texts, or more than `maxBytes`
 */
export function config(
  values: ConfigValues | ((plugin: string) => ConfigValues),
  options?: ConfigOptions,
): Grant {
  const { maxBytes = 2 ** 20 } = optionsOf(options, "config");
  checkBytes(maxBytes, "maxBytes");
  const read = typeof values === "function" ? values : undefined;
  const fixed = read ? undefined : checked(values, maxBytes);
  return capability(
    "moult:config/store@1.0.0",
    {
      get: { params: [z.string()], returns: z.optional(z.string()), kind: "read" },
      getAll: { params: [], returns: z.map(z.string(), z.string()), kind: "read" },
    },
    ({ plugin }) => {
      const all = () => fixed ?? checked(read!(plugin), maxBytes);
      return { get: (key) => all().get(key), getAll: () => new Map(all()) };
    },
  );
}

/** Own properties alone are values: a plugin may ask for `constructor`. */
function checked(values: unknown, most: number): ReadonlyMap<string, string> {
  if (!isGroup(values)) throw misfit(values, "the values of config", "an object of texts");
  const all = new Map<string, string>();
  let bytes = 0;
  for (const [key, value] of Object.entries(values)) {
    if (typeof value !== "string") throw misfit(value, `the value ${describe(key)} of config`, "a text");
    bytes += utf8Length(key) + utf8Length(value);
    if (bytes > most) {
      const why = `found ${bytes} bytes or more, wanted at most ${most} (maxBytes)`;
      throw new PluginError("argument", `could not use the values of config: ${why}`);
    }
    all.set(key, value);
  }
  return all;
}
