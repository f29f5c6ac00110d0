// A server of instances, until it is told to stop: instances.mjs
import { closeOnSignal } from "moult/node";
import { http, serveInstances } from "moult/remote";

const served = await serveInstances(http());
closeOnSignal([served]);
console.log(JSON.stringify({ url: served.url }));
