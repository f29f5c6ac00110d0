/** Event records on `node:diagnostics_channel`, for tracing tools that do not know this library. */
import { channel } from "node:diagnostics_channel";
import type { Plugin } from "../mod.ts";

const EVENTS = ["transition", "trap", "error", "close"] as const;

/**
 * Publishes a plugin's events on the channels `moult:transition`, `moult:trap`, `moult:error` and
 * `moult:close`.
 *
 * @returns a function that ends the publishing
 */
export function diagnostics(plugin: Pick<Plugin, "on">): () => void {
  const ends = EVENTS.map((name) => {
    const to = channel(`moult:${name}`);
    return plugin.on(name, (event) => to.publish(event));
  });
  return () => {
    for (const end of ends) end();
  };
}
