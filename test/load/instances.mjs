// A server of instances, until it is told to stop: instances.mjs [PORT]
import { closeOnSignal } from "moult/node";
import { http, serveInstances } from "moult/remote";

const served = await serveInstances(http({ port: Number(process.argv[2] ?? 0) }));
closeOnSignal([served]);
console.log(JSON.stringify({ url: served.url }));
