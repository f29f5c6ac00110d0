/** `moult/dev`: for a plugin's author and for development servers. Node only. */

export type { PermissionChange } from "../../abi/tools.ts";
export { type Check, type CheckOptions, check } from "./check/check.ts";
export type { DriveCall } from "./check/drive.ts";
export type { InterfaceChange } from "./check/interface-changes.ts";
export type { Finding } from "./check/lint.ts";
export { type Rehearsal, type RehearseOptions, rehearse } from "./check/rehearse.ts";
export type { FieldChange, StateWay } from "./check/state-way.ts";
export { type Compiler, type CompilerBuildOptions, compiler } from "./compiler.ts";
export type { GrantName } from "./grant-name.ts";
export { type GuestFrame, type GuestOrigin, guestStack } from "./guest-stack.ts";
export type { BuildResult } from "./maker.ts";
export { type Project, ProjectError } from "./project.ts";
export { type Recipe, recipe } from "./recipe.ts";
export { type WatchEvent, type Watched, type WatchOptions, watch } from "./watch.ts";
