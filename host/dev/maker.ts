/**
 * How the source of a plugin is made: built from its author's files, or read from a module that another tool
 * builds.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type Build, BuildError, type BuildOptions } from "../../abi/transform/mod.ts";
import { type Compiler, compiler } from "./compiler.ts";
import { ProjectError } from "./project.ts";
import { recipe } from "./recipe.ts";

export interface MakerOptions extends Pick<BuildOptions, "name" | "version" | "interface" | "asc" | "from"> {
  /**
   * `"both"` builds without optimizing, which is quick, and then for speed in the background: each build is a
   * change of the source.
   * @default "both"
   */
  readonly optimize?: "both" | "debug" | "release";
}

/** A module, and how it was made. */
export interface BuildResult {
  readonly wasm: Uint8Array;
  /** SHA-256 of its bytes, as `digest` in a swap's record. */
  readonly digest: string;
  /** Missing for a module that another tool built. */
  readonly build: Build | undefined;
  /** The entry file, as an absolute path. */
  readonly entry?: string;
  readonly optimize: "debug" | "release" | undefined;
  /** Milliseconds of the build. */
  readonly time: number;
}

/** Makes a source in stages; the first one is the quickest. */
export interface Maker {
  readonly stages: readonly ((signal: AbortSignal) => Promise<BuildResult>)[];
  /** The files that the last stage read or looked for. */
  files(): readonly string[];
  close(): Promise<void>;
}

export function moduleMaker(file: string): Maker {
  const read = async () => {
    const began = performance.now();
    const wasm = await readFile(file);
    return resultOf(wasm, { build: undefined, optimize: undefined, time: performance.now() - began });
  };
  return { stages: [read], files: () => [file], close: async () => {} };
}

/** @param path a plugin's folder or its entry file */
export function sourceMaker(
  path: string,
  { optimize = "both", asc = [], ...given }: MakerOptions = {},
): Maker {
  // One compiler for each kind of build: a save must not wait for the slow build of the save before.
  const compilers = new Map<string, Compiler>();
  let files: readonly string[] = [path];
  const stage = (way: "debug" | "release") => async (signal: AbortSignal) => {
    const own = compilers.get(way) ?? compiler();
    compilers.set(way, own);
    const before = files;
    try {
      const { project, asc: config, files: around } = await recipe(path, way);
      files = [project.entry, ...around];
      const build = await own.build(project.entry, {
        ...given,
        asc: [...config, ...asc],
        optimize: way,
        sourceMap: true,
        signal,
      });
      files = [...build.files, ...around];
      return resultOf(build.wasm, { build, entry: project.entry, optimize: way, time: build.time });
    } catch (error) {
      const known = error instanceof BuildError || error instanceof ProjectError ? error.files : [];
      // After a crash of the compiler it is unknown what it has read, so the earlier files are watched on.
      files = [...new Set([...files, ...(known.length > 0 ? known : before)])];
      throw error;
    }
  };
  const ways = optimize === "both" ? (["debug", "release"] as const) : [optimize];
  return {
    stages: ways.map(stage),
    files: () => files,
    close: async () => void (await Promise.all([...compilers.values()].map((each) => each.close()))),
  };
}

function resultOf(wasm: Uint8Array, rest: Omit<BuildResult, "wasm" | "digest">): BuildResult {
  return { wasm, digest: createHash("sha256").update(wasm).digest("hex"), ...rest };
}
