/** `moult/dev`: what a plugin's author and a development server need. Node only. */
export { type Changes, type ChangesOptions, changes } from "./changes.ts";
export { type Compiler, type CompilerBuildOptions, compiler } from "./compiler.ts";
export { type GuestFrame, guestStack, placeOf, stackText } from "./guest-stack.ts";
export type { Made } from "./maker.ts";
export { type Project, ProjectError, project } from "./project.ts";
export { GRANTS, type Settings } from "./settings.ts";
export { type WatchEvent, type Watched, type WatchOptions, type WatchTimes, watch } from "./watch.ts";
