/** The front door. */
export type { PermissionChange } from "../abi/permissions.ts";
export type { Difference } from "../abi/state/avro/differences.ts";
export { type WitSchema, wit } from "../abi/wit.ts";
export type { Recovery } from "./begin-stored.ts";
export type { WaitOptions } from "./call/queue.ts";
export { type Contract, contract, type Functions, type FunctionsOf } from "./contract/contract.ts";
export type { FollowOptions, Plugin, SwapOptions, View } from "./contracted.ts";
export type { ProvideOptions } from "./dependency/provided.ts";
export type { Store, StoredState } from "./durable/store.ts";
export { type ErrorCode, type Phase, PluginError } from "./errors.ts";
export { type Examined, examine } from "./examine.ts";
export type { Judged } from "./generation/observer.ts";
export { capability, type Grant, type GrantContext, type GrantKind } from "./grant/capability.ts";
export type { LogOptions } from "./grant/log-lines.ts";
export { type Clock, clock, type LogSink, log, type Randomness, random } from "./grant/standard.ts";
export type { JournalBounds } from "./journal/bounds.ts";
export type { Limits } from "./limits.ts";
export { load } from "./load.ts";
export type { LoadOptions } from "./load-options.ts";
export type { Reading, ReadModule, SourceReader } from "./module/intake.ts";
export type { Source } from "./module/source.ts";
export { preload } from "./preload.ts";
export type { Asked } from "./rehearsal/asked.ts";
export { sameAnswers } from "./rehearsal/same-answers.ts";
export type { AfterTrap, RestartOptions } from "./swap/after-trap-option.ts";
export type { Following } from "./swap/follow.ts";
export type { PluginEvents } from "./swap/lifecycle.ts";
export type { LiveSource } from "./swap/live-source.ts";
export type { Mirror } from "./swap/mirror.ts";
export type { MirrorOptions, MirrorReport } from "./swap/mirror-options.ts";
export type { PluginStatus } from "./swap/plugin-status.ts";
export type { ProbationOptions } from "./swap/probation.ts";
export type { RollbackOptions } from "./swap/rollback.ts";
export type { Verify } from "./swap/verify.ts";
export type {
  Answers,
  Differing,
  DifferingCall,
  LeftOut,
  RehearsedAnswers,
  Transition,
  VersionRecord,
} from "./transition.ts";
