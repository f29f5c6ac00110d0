/** The edge towards Node: what the core must not know. */
export { path } from "./path.ts";
