// A hub with a directory, until it is killed: hub-child.mjs DIRECTORY PORT TOKEN
import { directoryFabric } from "../../host/node/mod.ts";
import { http, serveFabric } from "../../host/remote/mod.ts";

const [path, port, token] = process.argv.slice(2);
const fabric = await directoryFabric(path, { fsync: "never" });
const hub = await serveFabric(fabric, http({ port: Number(port), token }));
console.log(hub.url);
