// A node that answers with its number to all that call `who`, until it is killed: node-child.mjs URL NAME-OR-TOKEN
import { natsFabric } from "../../host/nats/mod.ts";
import { httpFabric } from "../../host/remote/mod.ts";

const [url, more] = process.argv.slice(2);
const fabric = url.startsWith("nats:")
  ? await natsFabric(url, { name: more })
  : await httpFabric(url, { token: more });
await fabric.serve("who", async () => ({ bytes: new TextEncoder().encode(String(process.pid)) }));
console.log("ready");
