/** Releases in a fabric over HTTP: a hub, and nodes and callers that join it. */
import type { Fabric } from "../../host/fabric/fabric.ts";
import { http, httpFabric, memoryFabric, serveFabric } from "../../host/remote/mod.ts";
import { endToEnd } from "./end-to-end.ts";

endToEnd("a fabric over HTTP", async () => {
  const kept = memoryFabric();
  const hub = await serveFabric(kept, http());
  const joined: Fabric[] = [];
  return {
    join: async () => {
      const fabric = await httpFabric(hub.url);
      joined.push(fabric);
      return fabric;
    },
    close: async () => {
      await Promise.all(joined.map((each) => each.close()));
      await hub.close();
      await kept.close();
    },
  };
});
