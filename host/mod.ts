/** The front door. */
export { type WitSchema, wit } from "../abi/wit.ts";
export type { Patience } from "./call/queue.ts";
export { type Contract, contract, type FunctionsOf } from "./contract/contract.ts";
export type { FollowOptions, Plugin, SwapOptions, View } from "./contracted.ts";
export type { Kept, Store } from "./durable/store.ts";
export { type ErrorCode, type Phase, PluginError } from "./errors.ts";
export { type Examined, examine } from "./examine.ts";
export { capability, type Grant, type GrantContext, type Kind } from "./grant/capability.ts";
export { clock, log, random } from "./grant/standard.ts";
export { load } from "./load.ts";
export type { LoadOptions } from "./load-options.ts";
export type { Source } from "./module/source.ts";
export { preload } from "./preload.ts";
export type {
  Answers,
  Differing,
  DifferingCall,
  LeftOut,
  RehearsedAnswers,
  SwapRecord,
  VersionRecord,
} from "./record.ts";
export type { Recovered } from "./recovery.ts";
export type { Asked } from "./rehearsal/asked.ts";
export { sameAnswers } from "./rehearsal/same-answers.ts";
export type { Changing } from "./swap/changing.ts";
export type { Following } from "./swap/follow.ts";
export type { PluginEvents } from "./swap/lifecycle.ts";
export type { Mirror, MirrorOptions, MirrorReport } from "./swap/mirror.ts";
export type { ProbationOptions } from "./swap/probation.ts";
export type { AfterTrap, RestartOptions } from "./swap/restart.ts";
export type { RollbackOptions } from "./swap/rollback.ts";
export type { Verify } from "./swap/verify.ts";
