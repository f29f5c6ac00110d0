/** A caller in a process of its own, that is killed. @param milliseconds of payloads, `nats` or `http`, the URL, the name */
import { natsFabric } from "../../host/nats/mod.ts";
import { callReleases } from "../../host/release/mod.ts";
import { httpFabric } from "../../host/remote/mod.ts";
import { grain, Mill, NAME } from "./mill.ts";

const [age, kind, url = "", name = ""] = process.argv.slice(2);
const fabric =
  kind === "nats" ? await natsFabric(url, { name, payloadAge: Number(age) }) : await httpFabric(url);
const mill = await callReleases(fabric, Mill, NAME);
await mill.call.grind(grain(3_000_000));
