/** A node in a process of its own. @param the URL of a NATS server, and the name of the cluster there */
import { natsFabric } from "../../host/nats/mod.ts";
import { hostReleases } from "../../host/release/mod.ts";

const [url = "", name = ""] = process.argv.slice(2);
const host = await hostReleases(await natsFabric(url, { name }), {
  load: { isolation: "none" },
  interval: 20,
});
console.log(host.node);
