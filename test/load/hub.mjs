// A hub in memory, until it is told to stop: hub.mjs
import { http, memoryFabric, serveFabric } from "moult/remote";

const hub = await serveFabric(memoryFabric(), http());
console.log(JSON.stringify({ url: hub.url }));
