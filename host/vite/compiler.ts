/** From an entry file to a module: all plugins are built here, in a thread that may crash. */
import { createHash } from "node:crypto";
import { normalizePath } from "vite";
import { type Compiler, compiler } from "../dev/compiler.ts";
import { recipe } from "../dev/recipe.ts";
import { failureOf } from "./failure.ts";

export interface Built {
  readonly wasm: Uint8Array;
  /** A short digest of the bytes. */
  readonly digest: string;
  /** All files that were read, as absolute paths with `/`. */
  readonly files: readonly string[];
  readonly warnings: readonly string[];
}

export interface PluginCompiler {
  /** @param file an entry file, as an absolute path. @throws Failure */
  build(file: string): Promise<Built>;
  /** Ends the thread; a later build starts a new one. Unfinished builds fail. */
  close(): Promise<void>;
}

export interface PluginCompilerOptions {
  readonly optimize: "debug" | "release";
  /** Compiler options besides those of `asconfig.json`. */
  readonly asc: readonly string[];
}

/** Builds one file after the other, as `moult build` does. Starts nothing before the first build. */
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

/** A short digest that tells builds, and files, apart. */
export function digestOf(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex").slice(0, 12);
}
