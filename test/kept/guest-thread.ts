/**
 * The thread of guests, made into one file before the tests: a thread that read our sources would load what takes
 * their types off first, for a second each time.
 */
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";
import type { Plugin } from "vite";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const MADE = join(ROOT, ".moult/guest-thread.js");

export async function makeGuestThread(): Promise<void> {
  const bundler = await rolldown({
    cwd: ROOT,
    input: "host/worker/guest-thread.ts",
    platform: "node",
    resolve: { conditionNames: ["moult-source", "node", "import", "default"] },
    transform: { target: "es2022" },
    logLevel: "silent",
  });
  await bundler.write({ file: MADE, format: "esm", codeSplitting: false, sourcemap: false });
  await bundler.close();
}

/** Lets the sources start that file. */
export function startsMadeThread(): Plugin {
  return {
    name: "moult-test:guest-thread",
    enforce: "pre",
    transform(code, id) {
      if (!id.endsWith("/host/worker/thread-node.ts")) return undefined;
      const changed = code.replace(
        /const GUEST_THREAD = .*/,
        `const GUEST_THREAD = new URL(${JSON.stringify(pathToFileURL(MADE).href)});`,
      );
      if (changed === code) throw new Error(`${id} does not say any more which file a thread starts from`);
      return changed;
    },
  };
}
