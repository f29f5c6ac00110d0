/** Plugins that are loaded together, and call one another: `moult/set`. */
export { type AskedOfHost, type ExaminedSet, examineAll } from "./examine-all.ts";
export { type LoadAllOptions, loadAll } from "./load-all.ts";
export type { Ask, Asking, Permit, Permitted } from "./permit.ts";
export type { PluginEntry, Usage } from "./plugin-entry.ts";
export type { PluginSet } from "./plugin-set.ts";
export type { Dependency } from "./wiring.ts";
