/** `moult/keyed`: a plugin with an instance for each key, on one node at a time, whose state outlives its node. */

export type { Keyed } from "../release/keyed.ts";
export { type KeyedNode, keyedNodesIn, type Moves, measuredOf } from "./account.ts";
export { callKeyed } from "./caller.ts";
export type { KeyedCaller, KeyedCallerOptions } from "./caller-options.ts";
export { hostKeyed } from "./host.ts";
export type { KeyedHost, KeyedHostEvents, KeyedHostOptions } from "./host-options.ts";
export { type Owner, ownerOf } from "./owner.ts";
export { placeOf } from "./place.ts";
export type { KeyedLoadOptions } from "./versions.ts";
