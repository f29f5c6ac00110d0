/** A hub: a fabric of this process for others, over HTTP. */
import { turn } from "../awaitable.ts";
import { PluginError } from "../errors.ts";
import { closedOnce } from "../remote/closed-once.ts";
import type { HttpTransport } from "../remote/http.ts";
import type { Fabric } from "./fabric.ts";
import { HubSite } from "./hub-site.ts";
import { MemoryFabric } from "./memory-fabric.ts";
import { Roll } from "./roll.ts";

/** A fabric that is served. */
export interface ServedFabric extends AsyncDisposable {
  /** Where it is, for `httpFabric`. */
  readonly url: string;
  /** Stops listening. The fabric stays open. */
  close(): Promise<void>;
}

/**
 * Serves a fabric of this process to others, which join it with `httpFabric`. Calls do not come by here: each node is
 * called at an address of its own.
 *
 * @param fabric of `memoryFabric` or `directoryFabric`
 * @param transport who has its token may do everything in this cluster
 * @throws PluginError `argument`; `unavailable` where it cannot listen
 * @example const hub = await serveFabric(await directoryFabric("/var/lib/fabric"), http({ port: 4900 }));
 */
export async function serveFabric(fabric: Fabric, transport: HttpTransport): Promise<ServedFabric> {
  if (!(fabric instanceof MemoryFabric))
    throw new PluginError(
      "argument",
      "could not serve a fabric: wanted one of memoryFabric or directoryFabric",
    );
  if (typeof transport?.open !== "function")
    throw new PluginError(
      "argument",
      "could not serve a fabric: wanted a transport: serveFabric(fabric, http({ port: 4900 }))",
    );
  const roll = new Roll();
  const site = new HubSite(fabric, roll);
  const listening = await transport.open(site).catch((error: unknown) => {
    roll.close();
    throw error;
  });
  const end = async () => {
    site.end();
    listening.stop();
    roll.close();
    // The answers to those that waited for a change are on their way.
    await turn();
    await turn();
    listening.cut();
  };
  return closedOnce(listening.url, end);
}
