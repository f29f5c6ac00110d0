/** Which `.proto` a plugin has, for programs. */
import { isGroup, misfit } from "../option.ts";
import type { Plugin } from "../plugin.ts";
import { type Description, describe } from "../remote/description.ts";
import { protoText } from "./proto-text.ts";

/** A plugin that is open, or what a server says of one: what `describe()` of a connection answers. */
export type ProtoSource = Plugin | Pick<Description, "plugin">;

/**
 * The `.proto` of a plugin: what `grpc` serves, and clients in any language are made from.
 *
 * @throws PluginError `argument` for what is neither
 * @example await writeFile("visits.proto", proto(plugin));
 */
export function proto(source: ProtoSource): string {
  if (!isGroup(source) || !("contract" in source || "plugin" in source))
    throw misfit(source, "the source of a .proto", "a plugin, or what describe() of a connection answers");
  return protoText("contract" in source ? describe(source).plugin : source.plugin);
}
