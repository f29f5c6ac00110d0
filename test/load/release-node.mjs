// A node that keeps what its versions hold in a directory, until it is told to stop: release-node.mjs URL CLUSTER DIRECTORY
import { join } from "node:path";
import { closeOnSignal, directoryStore } from "moult/node";
import { hostReleases } from "moult/release";
import { joined } from "./joined.mjs";

/** Calls of a machine that stood still for a while. */
const WAITING = 100_000;
const [url, cluster, directory] = process.argv.slice(2);
const fabric = await joined(url, cluster, WAITING);
const host = await hostReleases(fabric, {
  drain: 30_000,
  maxCalls: WAITING,
  load: ({ version }) => ({
    queue: WAITING,
    store: directoryStore(join(directory, version), { fsync: "never" }),
  }),
});
host.on("fault", (fault) => console.error(String(fault)));
closeOnSignal([host, fabric], { within: 60_000 });
const serving = () => host.hosted.some(({ status }) => status === "serving");
const stop = host.on("version", () => {
  if (!serving()) return;
  stop();
  console.log(JSON.stringify({ node: host.node }));
});
