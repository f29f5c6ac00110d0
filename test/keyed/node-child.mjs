// A node of keyed rooms, until it is killed or its input ends: node-child.mjs URL TOKEN
import { hostKeyed } from "../../host/keyed/mod.ts";
import { httpFabric } from "../../host/remote/mod.ts";

const [url, token] = process.argv.slice(2);
const fabric = await httpFabric(url, { token });
const host = await hostKeyed(fabric, "room", { interval: 200 });
const told = (what) => console.log(JSON.stringify(what));
host.on("fault", (fault) => told({ fault: String(fault) }));
host.on("end", ({ key }) => told({ end: key }));
told({ node: host.node });
