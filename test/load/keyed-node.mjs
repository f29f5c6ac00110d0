// A node of keyed ledgers, until it is told to stop: keyed-node.mjs URL CLUSTER
import { hostKeyed } from "moult/keyed";
import { closeOnSignal } from "moult/node";
import { joined } from "./joined.mjs";

/** Calls of a machine that stood still for a while. */
const WAITING = 100_000;
const [url, cluster] = process.argv.slice(2);
const fabric = await joined(url, cluster, WAITING);
const host = await hostKeyed(fabric, "ledger", { drain: 30_000, maxCalls: WAITING });
host.on("fault", (fault) => console.error(String(fault)));
closeOnSignal([host, fabric], { within: 60_000 });
console.log(JSON.stringify({ node: host.node }));
