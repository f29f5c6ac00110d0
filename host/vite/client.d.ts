/**
 * The types of Vite's imports: `/// <reference types="moult/vite/client" />`, or `"types": ["moult/vite/client"]` in
 * `tsconfig.json`.
 */
declare module "*?moult" {
  import type { LiveSource } from "moult";

  /** The plugin whose entry file this is. While you develop it changes as the file does; once built it never does. */
  const source: LiveSource;
  export default source;
}
