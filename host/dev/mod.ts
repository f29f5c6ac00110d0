/** `moult/dev`: what a plugin's author and a development server need. Node only. */
export { asconfig } from "./asconfig.ts";
export { type CachedBuild, cachedBuild } from "./build-cache.ts";
export { type Changes, type ChangesOptions, changes } from "./changes.ts";
export { type Compiler, type CompilerBuildOptions, compiler } from "./compiler.ts";
export { contractText } from "./contract-text.ts";
export { declarations } from "./declarations.ts";
export { type GuestFrame, guestStack, placeOf, stackText } from "./guest-stack.ts";
export { hint } from "./hint.ts";
export type { Made } from "./maker.ts";
export { type Project, ProjectError, project } from "./project.ts";
export { GRANTS, packageSchema, type Settings } from "./settings.ts";
export { type WatchEvent, type Watched, type WatchOptions, type WatchTimes, watch } from "./watch.ts";
export { witText } from "./wit-text.ts";
