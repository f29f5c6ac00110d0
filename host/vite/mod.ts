/**
 * `moult/vite`: plugins as imports of a Vite project. For Node only, apart from the file that is sent to the
 * page.
 */
export { type MoultOptions, moult } from "./moult.ts";
