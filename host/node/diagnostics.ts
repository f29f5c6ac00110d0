/** Event records on `node:diagnostics_channel`, for tracing tools that do not know this library. */
import { channel } from "node:diagnostics_channel";
import type { Plugin } from "../mod.ts";
import type { Served } from "../remote/mod.ts";

const EVENTS = ["transition", "trap", "error", "close"] as const;

/**
 * Publishes a plugin's events on the channels `moult:transition`, `moult:trap`, `moult:error` and
 * `moult:close`; of a plugin that is served, each call from elsewhere on `moult:call`, with the names that OpenTelemetry
 * has for them.
 *
 * @returns a function that ends the publishing
 */
export function diagnostics(plugin: Pick<Plugin, "on"> | Pick<Served, "url" | "on">): () => void {
  if ("url" in plugin) {
    const to = channel("moult:call");
    return plugin.on("call", (call) => to.publish(call));
  }
  const ends = EVENTS.map((name) => {
    const to = channel(`moult:${name}`);
    return plugin.on(name, (event) => to.publish(event));
  });
  return () => {
    for (const end of ends) end();
  };
}
