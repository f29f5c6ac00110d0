/** Joins the fabric of a cluster: a hub's, or NATS. @param maxCalls that a node takes at a time */
import { natsFabric } from "moult/nats";
import { httpFabric } from "moult/remote";

export const joined = (url, cluster, maxCalls) =>
  url.startsWith("nats:") ? natsFabric(url, { name: cluster }) : httpFabric(url, { node: { maxCalls } });
