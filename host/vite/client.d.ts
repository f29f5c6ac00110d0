/**
 * The types of Vite's imports: `/// <reference types="moult/vite/client" />`, or `"types":
 * ["moult/vite/client"]` in `tsconfig.json`.
 */
declare module "*?moult" {
  import type { LiveSource } from "moult";

  /**
   * The plugin of this entry file. In development it changes whenever the file does; in a build it never
   * changes.
   */
  const source: LiveSource;
  export default source;
}
