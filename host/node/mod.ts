/** The edge towards Node: what the core must not know. */
export { diagnostics } from "./diagnostics.ts";
export { path } from "./path.ts";
