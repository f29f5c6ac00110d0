/** `moult/dev`: what a plugin's author and a development server need. Node only. */
export { asconfig } from "./asconfig.ts";
export { type CachedBuild, type CachedBuildOptions, cachedBuild } from "./build-cache.ts";
export { type Changes, type ChangesOptions, changes } from "./changes.ts";
export { ALLOWED, type Check, type CheckOptions, check } from "./check.ts";
export { type Compiler, type CompilerBuildOptions, compiler } from "./compiler.ts";
export { contractText } from "./contract-text.ts";
export { declarations } from "./declarations.ts";
export { type DriveCall, DriveError, madeUpDrive, readDrive } from "./drive.ts";
export { type GuestFrame, guestStack, placeOf, stackText } from "./guest-stack.ts";
export { hint } from "./hint.ts";
export {
  askedBy,
  type Expected,
  expectedBy,
  expectedOf,
  type InterfaceChange,
  interfaceChanges,
} from "./interface-changes.ts";
export { type Finding, lint } from "./lint.ts";
export type { Made } from "./maker.ts";
export { asksMore, type PermissionChange, permissionChanges } from "./permissions.ts";
export { type Project, ProjectError, project } from "./project.ts";
export { type GrantName, rehearsalGrants } from "./rehearsal-grants.ts";
export { type Rehearsal, type RehearsalStep, type RehearseOptions, rehearse } from "./rehearse.ts";
export { type ApartOptions, rehearseApart } from "./rehearse-apart.ts";
export { GRANTS, packageSchema, type Settings } from "./settings.ts";
export { type FieldFate, type StateWay, stateWay } from "./state-way.ts";
export { bumpBetween, lowest } from "./version.ts";
export { type VersionCheck, versionChecks } from "./version-check.ts";
export { type WatchEvent, type Watched, type WatchOptions, type WatchTimes, watch } from "./watch.ts";
export { witText } from "./wit-text.ts";
