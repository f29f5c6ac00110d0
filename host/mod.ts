/** The front door. */
export { wit } from "../abi/wit.ts";
export { capability, type Grant, type GrantContext, type Kind } from "./capability.ts";
export { type Contract, contract, type FunctionsOf } from "./contract.ts";
export { type Code, type Phase, PluginError } from "./errors.ts";
export type { Changing, FollowOptions } from "./follow.ts";
export type { Patience } from "./gate.ts";
export { clock, log, random } from "./grants.ts";
export { type LoadOptions, load } from "./load.ts";
export type { Mirror, MirrorOptions, MirrorReport } from "./mirror.ts";
export type { Plugin } from "./plugin.ts";
export type { ProbationOptions } from "./probation.ts";
export type { SwapRecord, VersionRecord } from "./record.ts";
export type { SwapOptions } from "./replace.ts";
export type { RollbackOptions } from "./rollback.ts";
export type { Source } from "./source.ts";
export type { PluginEvents } from "./standing.ts";
export type { View } from "./view.ts";
