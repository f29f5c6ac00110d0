/** `moult/dev`: what a plugin's author and a development server need. Node only. */
export { ALLOWED, type Check, type CheckOptions, check } from "./check.ts";
export { type DriveCall, DriveError, madeUpDrive, readDrive } from "./drive.ts";
export {
  askedBy,
  type Expected,
  expectedBy,
  expectedOf,
  type InterfaceChange,
  interfaceChanges,
} from "./interface-changes.ts";
export { type Finding, lint } from "./lint.ts";
export { asksMore, type PermissionChange, permissionChanges } from "./permissions.ts";
export { type Project, ProjectError, project } from "./project.ts";
export { type GrantName, rehearsalGrants } from "./rehearsal-grants.ts";
export { type Rehearsal, type RehearsalStep, type RehearseOptions, rehearse } from "./rehearse.ts";
export { type ApartOptions, rehearseApart } from "./rehearse-apart.ts";
export { GRANTS, type Settings } from "./settings.ts";
export { type FieldFate, type StateWay, stateWay } from "./state-way.ts";
export { bumpBetween, lowest } from "./version.ts";
export { type VersionCheck, versionChecks } from "./version-check.ts";
