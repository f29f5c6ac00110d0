/** What Vite has to know of moult to serve the file that threads start from, in development. */
import type { UserConfig } from "vite";

/**
 * Vite 7 bundles dependencies ahead without the files that they start workers from; Vite 8 leaves those where they
 * are. What is not bundled ahead would have its own dependencies found while a page loads, which loads it again.
 *
 * @param version of Vite
 */
export function optimized(version: string): Pick<UserConfig, "optimizeDeps"> {
  if (!version.startsWith("7.")) return {};
  return { optimizeDeps: { exclude: ["moult"], include: ["moult > zod", "moult > zod/mini"] } };
}
