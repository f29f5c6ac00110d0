/** From an entry file to a module: the one place where plugins are built. */
import { createHash } from "node:crypto";
import { normalizePath } from "vite";
import { type BuildOptions, build, library } from "../../abi/transform/mod.ts";

export interface Built {
  readonly wasm: Uint8Array;
  /** Of the bytes, short. */
  readonly digest: string;
  /** All that was read, absolute, with `/`. */
  readonly files: readonly string[];
  readonly warnings: readonly string[];
}

/** @throws BuildError */
export type Compile = (file: string) => Promise<Built>;

/** Builds one file after the other, and keeps the libraries' syntax trees between builds. */
export function compiler(options: Omit<BuildOptions, "library">): Compile {
  const trees = library();
  return async (file) => {
    const { wasm, files, warnings } = await build(file, { sourceMap: false, ...options, library: trees });
    return { wasm, digest: digestOf(wasm), files: files.map(normalizePath), warnings };
  };
}

/** Enough to tell builds, and files, apart. */
export function digestOf(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex").slice(0, 12);
}
