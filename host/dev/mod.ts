/** `moult/dev`: what a plugin's author and a development server need. Node only. */
export { type Check, type CheckOptions, check } from "./check/check.ts";
export { type DriveCall, DriveError } from "./check/drive.ts";
export {
  type Expected,
  expectedBy,
  expectedOf,
  type InterfaceChange,
  interfaceChanges,
} from "./check/interface-changes.ts";
export { type Finding, lint } from "./check/lint.ts";
export { type PermissionChange, permissionChanges } from "./check/permissions.ts";
export type { RehearsalStep } from "./check/play.ts";
export { type Rehearsal, type RehearseOptions, rehearse } from "./check/rehearse.ts";
export { type ApartOptions, rehearseApart } from "./check/rehearse-apart.ts";
export { type FieldChange, type StateWay, stateWay } from "./check/state-way.ts";
export type { VersionCheck } from "./check/version-check.ts";
export { type Compiler, type CompilerBuildOptions, compiler } from "./compiler.ts";
export type { GrantName } from "./grant-name.ts";
export { type GuestFrame, type GuestOrigin, guestStack } from "./guest-stack.ts";
export type { BuildResult } from "./maker.ts";
export { type Project, ProjectError } from "./project.ts";
export { type Recipe, recipe } from "./recipe.ts";
export { packageSchema, type Settings } from "./settings.ts";
export { type WatchEvent, type Watched, type WatchOptions, type WatchTimes, watch } from "./watch.ts";
