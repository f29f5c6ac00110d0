/** From an entry file to a module: the one place where plugins are built, in a thread that may crash. */
import { createHash } from "node:crypto";
import { normalizePath } from "vite";
import { type Compiler, compiler } from "../dev/compiler.ts";
import { recipe } from "../dev/recipe.ts";
import { failureOf } from "./failure.ts";

export interface Built {
  readonly wasm: Uint8Array;
  /** Of the bytes, short. */
  readonly digest: string;
  /** All that was read, absolute, with `/`. */
  readonly files: readonly string[];
  readonly warnings: readonly string[];
}

export interface PluginCompiler {
  /** @param file an entry file, absolute. @throws Failure */
  build(file: string): Promise<Built>;
  /** Ends the thread; another build begins a new one. Builds that are not done fail. */
  close(): Promise<void>;
}

export interface PluginCompilerOptions {
  readonly optimize: "debug" | "release";
  /** What `asconfig.json` does not say. */
  readonly asc: readonly string[];
}

/** Builds one file after the other, as `moult build` does. Nothing happens before the first. */
export function pluginCompiler({ optimize, asc }: PluginCompilerOptions): PluginCompiler {
  let thread: Compiler | undefined;
  return {
    async build(file) {
      let around: readonly string[] = [];
      try {
        const found = await recipe(file, optimize);
        around = found.files;
        thread ??= compiler();
        const options = { optimize, sourceMap: false, asc: [...found.asc, ...asc] };
        const { wasm, files, warnings } = await thread.build(file, options);
        return {
          wasm,
          digest: digestOf(wasm),
          files: [...files, ...around].map(normalizePath),
          warnings,
        };
      } catch (error) {
        throw failureOf(error, file, around);
      }
    },
    async close() {
      const ending = thread;
      thread = undefined;
      await ending?.close();
    },
  };
}

/** Enough to tell builds, and files, apart. */
export function digestOf(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex").slice(0, 12);
}
