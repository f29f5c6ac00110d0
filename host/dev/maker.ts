/** How the source of a plugin is made: built from its author's files, or read as a module that somebody else built. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type Build, BuildError, type BuildOptions } from "../../abi/transform/mod.ts";
import { type Compiler, compiler } from "./compiler.ts";
import { ProjectError } from "./project.ts";
import { recipe } from "./recipe.ts";

export interface MakerOptions extends Pick<BuildOptions, "name" | "version" | "interface" | "asc" | "from"> {
  /**
   * `"both"` builds without optimizing, which is quick, and then for speed, behind the back of the first: each is a
   * change of the source.
   * @default "both"
   */
  readonly optimize?: "both" | "debug" | "release";
}

/** A module, and what is known of how it was made. */
export interface BuildResult {
  readonly wasm: Uint8Array;
  /** SHA-256 of its bytes: the `digest` of a swap's record. */
  readonly digest: string;
  /** Nothing for a module that somebody else built. */
  readonly build: Build | undefined;
  /** The entry file that it was built from, absolute. */
  readonly entry?: string;
  readonly optimize: "debug" | "release" | undefined;
  /** Milliseconds that making it took. */
  readonly time: number;
}

/** Makes a source in stages, of which the first is wanted soonest. */
export interface Maker {
  readonly stages: readonly ((signal: AbortSignal) => Promise<BuildResult>)[];
  /** What the last stage that ran has read, or has looked for. */
  files(): readonly string[];
  close(): Promise<void>;
}

export function moduleMaker(file: string): Maker {
  const read = async () => {
    const began = performance.now();
    const wasm = await readFile(file);
    return made(wasm, { build: undefined, optimize: undefined, time: performance.now() - began });
  };
  return { stages: [read], files: () => [file], close: async () => {} };
}

/** @param path a plugin's folder or its entry file */
export function sourceMaker(
  path: string,
  { optimize = "both", asc = [], ...given }: MakerOptions = {},
): Maker {
  // One for each way of building: a save must not wait for the slow build of the one before.
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
      return made(build.wasm, { build, entry: project.entry, optimize: way, time: build.time });
    } catch (error) {
      const known = error instanceof BuildError || error instanceof ProjectError ? error.files : [];
      // Where a compiler crashed it is not known what it has read: what was read before will do.
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

function made(wasm: Uint8Array, rest: Omit<BuildResult, "wasm" | "digest">): BuildResult {
  return { wasm, digest: createHash("sha256").update(wasm).digest("hex"), ...rest };
}
