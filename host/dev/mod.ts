/** `moult/dev`: what a plugin's author and a development server need. Node only. */
export { type CachedBuild, type CachedBuildOptions, cachedBuild } from "./build-cache.ts";
export { type Changes, type ChangesOptions, changes } from "./changes.ts";
export { ALLOWED, type Check, type CheckOptions, check } from "./check/check.ts";
export { type DriveCall, DriveError, madeUpDrive, readDrive } from "./check/drive.ts";
export {
  askedBy,
  type Expected,
  expectedBy,
  expectedOf,
  type InterfaceChange,
  interfaceChanges,
} from "./check/interface-changes.ts";
export { type Finding, lint } from "./check/lint.ts";
export { asksMore, type PermissionChange, permissionChanges } from "./check/permissions.ts";
export { rehearsalGrants } from "./check/rehearsal-grants.ts";
export { type Rehearsal, type RehearsalStep, type RehearseOptions, rehearse } from "./check/rehearse.ts";
export { type ApartOptions, rehearseApart } from "./check/rehearse-apart.ts";
export { type FieldFate, type StateWay, stateWay } from "./check/state-way.ts";
export { bumpBetween, lowest } from "./check/version.ts";
export { type VersionCheck, versionChecks } from "./check/version-check.ts";
export { type Compiler, type CompilerBuildOptions, compiler } from "./compiler.ts";
export { type GrantName, grantNameOf } from "./grant-name.ts";
export { type GuestFrame, guestStack, placeOf, stackText } from "./guest-stack.ts";
export { hint } from "./hint.ts";
export type { Made } from "./maker.ts";
export { type Project, ProjectError, project } from "./project.ts";
export { type Recipe, recipe } from "./recipe.ts";
export { GRANTS, packageSchema, type Settings } from "./settings.ts";
export { contractText } from "./texts/contract-text.ts";
export { declarations } from "./texts/declarations.ts";
export { witText } from "./texts/wit-text.ts";
export { type WatchEvent, type Watched, type WatchOptions, type WatchTimes, watch } from "./watch.ts";
