/** `moult/vite`: plugins of yours as imports of a Vite project. Node only, but for what it sends to the page. */
export { type MoultOptions, moult } from "./moult.ts";
