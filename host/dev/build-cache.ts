/** Cached builds: the same sources are compiled once, however many tests, files and runs need them. */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildDiagnostic, build, diagnosticText } from "../../abi/transform/mod.ts";
import type { Compiler } from "./compiler.ts";
import { recipe } from "./recipe.ts";

export interface CachedBuild {
  readonly wasm: Uint8Array;
  readonly warnings: readonly string[];
}

/** A file of the cache: the files of a build with their digests, and its result. */
interface Kept {
  readonly key: string;
  readonly files: readonly (readonly [path: string, digest: string])[];
  readonly wasm: string;
  /** Paths are relative to the package's folder. */
  readonly diagnostics: readonly BuildDiagnostic[];
}

export interface CachedBuildOptions {
  /** The folder that paths in errors and warnings are relative to. @default the working directory */
  readonly from?: string;
  /** Builds what is not in the cache. @default this thread */
  readonly compiler?: Pick<Compiler, "build">;
}

/**
 * Builds an entry file for debugging, or takes the build from `.moult/` in its package if none of its files
 * has changed, the compiler included.
 *
 * @param entry absolute
 * @throws BuildError, ProjectError
 */
export async function cachedBuild(entry: string, options: CachedBuildOptions = {}): Promise<CachedBuild> {
  const { project, asc } = await recipe(entry, "debug");
  const { root } = project;
  const from = resolve(options.from ?? ".");
  const folder = join(root, ".moult", "builds");
  const file = join(folder, `${sha256(entry).slice(0, 32)}.json`);
  const key = sha256([await compilerKey(), ...asc].join("\n"));
  // It is unknown which files a transform of the author's own depends on.
  const keeps = !asc.includes("--transform");
  const kept = await readKept(file);
  if (keeps && kept?.key === key && (await unchanged(kept.files))) {
    return {
      wasm: new Uint8Array(Buffer.from(kept.wasm, "base64")),
      warnings: warningsOf(kept.diagnostics.map((one) => moved(one, { from: root, to: from }))),
    };
  }
  const began = Date.now();
  const { build: make } = options.compiler ?? { build };
  const { wasm, diagnostics, files } = await make(entry, { optimize: "debug", sourceMap: false, asc, from });
  const sources = [join(root, "package.json"), ...files];
  const digests = await Promise.all(sources.map(async (path) => [path, await digestOf(path)] as const));
  if (keeps && (await untouched(sources, began))) {
    const own = diagnostics.map((one) => moved(one, { from, to: root }));
    await keep(file, { key, files: digests, wasm: Buffer.from(wasm).toString("base64"), diagnostics: own });
  }
  return { wasm, warnings: warningsOf(diagnostics) };
}

function warningsOf(diagnostics: readonly BuildDiagnostic[]): readonly string[] {
  return diagnostics.filter(({ category }) => category === "warning").map(diagnosticText);
}

/** The same diagnostic with a path relative to another folder. */
function moved(one: BuildDiagnostic, { from, to }: { from: string; to: string }): BuildDiagnostic {
  if (one.file === undefined || one.file.startsWith("~lib/")) return one;
  return { ...one, file: relative(to, resolve(from, one.file)).replaceAll("\\", "/") };
}

async function readKept(file: string): Promise<Kept | undefined> {
  try {
    const { key, files, wasm, diagnostics, ...rest } = JSON.parse(await readFile(file, "utf8"));
    const whole = { key, files, wasm, diagnostics };
    return rest.digest === sha256(JSON.stringify(whole)) ? whole : undefined;
  } catch {
    return undefined;
  }
}

/** Writes the file atomically. Where nothing can be written, the next run builds again. */
async function keep(file: string, kept: Kept): Promise<void> {
  const { key, files, wasm, diagnostics } = kept;
  const whole = { key, files, wasm, diagnostics };
  const written = `${file}.${randomUUID()}`;
  try {
    await mkdir(join(file, ".."), { recursive: true });
    await writeFile(written, JSON.stringify({ ...whole, digest: sha256(JSON.stringify(whole)) }));
    await rename(written, file);
  } catch {
    await rm(written, { force: true });
  }
}

async function unchanged(files: Kept["files"]): Promise<boolean> {
  const same = await Promise.all(files.map(async ([path, digest]) => (await digestOf(path)) === digest));
  return same.every(Boolean);
}

/** Whether no file was saved while the compiler ran: it may have read the earlier content. */
async function untouched(files: readonly string[], since: number): Promise<boolean> {
  const found = await Promise.all(files.map((path) => stat(path).catch(() => undefined)));
  return found.every((each) => each === undefined || each.mtimeMs <= since);
}

async function digestOf(path: string): Promise<string> {
  return readFile(path).then(sha256, () => "none");
}

/** The versions of the compiler and of moult's transform: both decide the result. */
async function compilerKey(): Promise<string> {
  const abi = fileURLToPath(new URL("../../abi/", import.meta.url));
  const names = await readdir(abi, { recursive: true });
  const marks = names
    .filter((name) => /\.[jt]s$/.test(name))
    .sort()
    .map(async (name) => {
      const { size, mtimeMs } = await stat(join(abi, name));
      return `${name} ${size} ${mtimeMs}`;
    });
  return sha256([...(await Promise.all(marks)), await compilerVersion()].join("\n"));
}

/** Reads the compiler's package.json; a missing compiler is reported by the build. */
async function compilerVersion(): Promise<string> {
  try {
    return await readFile(createRequire(import.meta.url).resolve("assemblyscript/package.json"), "utf8");
  } catch {
    return "none";
  }
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
