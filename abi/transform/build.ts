/**
 * Builds a plugin from its entry file, in this process: the first build takes a second or two, the next a few
 * tenths.
 */
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Manifest } from "../manifest.ts";
import { type Asc, loadCompiler } from "./asc.ts";
import { type BuildDiagnostic, BuildError, diagnosticOf, diagnosticText } from "./build-error.ts";
import { DiagnosticCategory, type Program } from "./compiler.ts";
import type { IdentityOptions } from "./identity.ts";
import type { Library } from "./library.ts";
import { reader } from "./reader.ts";
import { transform } from "./transform.ts";

export interface BuildOptions extends IdentityOptions {
  /**
   * `debug` keeps function names and builds fast; `release` optimizes for speed.
   * @default "release"
   */
  readonly optimize?: "debug" | "release";
  /** @default true for `debug` */
  readonly sourceMap?: boolean;
  /**
   * Makes the core of a component, for the tools of the Component Model, instead of a plugin: moult cannot
   * load it.
   * @default false
   */
  readonly component?: boolean;
  /** More options of the compiler, as on its command line. */
  readonly asc?: readonly string[];
  /**
   * Keeps the syntax trees of libraries from one build to the next, which saves most of the time of an
   * unoptimized build. The resulting bytes are the same.
   * @default none: every build parses everything
   */
  readonly library?: Library;
  /** The folder that paths in errors, warnings and notes are relative to. @default the working directory */
  readonly from?: string;
}

export interface Build {
  readonly wasm: Uint8Array;
  readonly manifest: Manifest;
  /** JSON, with the sources in it. */
  readonly sourceMap?: string;
  /** With their place and the source line, as the compiler prints them. */
  readonly warnings: readonly string[];
  /**
   * The same for notes that are no faults: fields of the state that a later version could not add without a
   * step.
   */
  readonly notes: readonly string[];
  /** Warnings and notes as data. */
  readonly diagnostics: readonly BuildDiagnostic[];
  /** The files that were read, as absolute paths: watch them. */
  readonly files: readonly string[];
  /** Milliseconds. */
  readonly time: number;
}

/**
 * Compiles an author's TypeScript file, and everything that it imports, into a plugin.
 *
 * `moult/guest` is this package's own guest library, wherever the entry lies. Equal sources give equal bytes,
 * in any folder.
 *
 * A crash of the compiler ends the whole process; a program that must survive one builds in a worker.
 *
 * @throws BuildError with the place of every error, when the program has errors
 */
export async function build(entry: string | URL, options: BuildOptions = {}): Promise<Build> {
  const begin = performance.now();
  const path = resolve(entry instanceof URL ? fileURLToPath(entry) : entry);
  const asc = await loadCompiler();
  const { library, ...rest } = options;
  const run =
    library === undefined
      ? await compile(asc, path, rest)
      : await library.turn((lend) => compile(asc, path, { ...rest, lend }));
  const errors = run.diagnostics.filter((one) => one.category === "error");
  if (
    errors.length > 0 ||
    run.failure !== undefined ||
    run.wasm === undefined ||
    run.manifest === undefined
  ) {
    const files = [path, ...run.files, ...run.missing];
    throw new BuildError(path, errors, { cause: run.failure, files: [...new Set(files)].sort() });
  }
  return {
    wasm: run.wasm,
    manifest: run.manifest,
    ...(run.sourceMap === undefined ? {} : { sourceMap: run.sourceMap }),
    warnings: run.diagnostics.filter((one) => one.category === "warning").map(diagnosticText),
    notes: run.diagnostics.filter((one) => one.category === "note").map(diagnosticText),
    diagnostics: run.diagnostics,
    files: run.files,
    time: performance.now() - begin,
  };
}

interface CompileOptions extends Omit<BuildOptions, "library"> {
  /** Gets the program before it has parsed anything. */
  readonly lend?: (program: Program) => void;
}

interface Output {
  wasm?: Uint8Array;
  sourceMap?: string;
  manifest?: Manifest;
  failure?: Error;
  readonly diagnostics: BuildDiagnostic[];
}

interface Run extends Output {
  readonly files: readonly string[];
  /** Missing sources that an import may have meant. */
  readonly missing: readonly string[];
}

async function compile(asc: Asc, path: string, options: CompileOptions): Promise<Run> {
  const run: Output = { diagnostics: [] };
  const files = reader();
  const baseDir = dirname(path);
  const places = { baseDir, from: resolve(options.from ?? ".") };
  let program: Program | undefined;
  const observe = {
    program(made: Program) {
      program = made;
      options.lend?.(made);
    },
    manifest(made: Manifest) {
      run.manifest = made;
    },
  };
  const quiet = { write() {} };
  const { error } = await asc.main([basename(path), "--baseDir", baseDir, ...flags(options)], {
    stdout: quiet,
    stderr: quiet,
    transforms: [transform({ ...options, observe })],
    readFile: (name, directory) => files.read(name, resolve(directory)),
    writeFile: (name, contents) => {
      if (name === OUTPUT) run.wasm = contents as Uint8Array;
      else run.sourceMap = contents as string;
    },
    listFiles: () => null,
    reportDiagnostic: (diagnostic) => {
      const known = program?.diagnostics.find(
        ({ code, message, range }) =>
          code === diagnostic.code &&
          message === diagnostic.message &&
          range?.start === diagnostic.range?.start,
      );
      if (diagnostic.category >= DiagnosticCategory.Info)
        run.diagnostics.push(diagnosticOf(known ?? diagnostic, places));
    },
  });
  if (error !== null && run.diagnostics.every((one) => one.category !== "error")) run.failure = error;
  return { ...run, files: files.files(), missing: files.missing() };
}

const OUTPUT = "plugin.wasm";
/**
 * Bytes of the stack on which AssemblyScript keeps its references: deep trees of state need more than its
 * default.
 */
const STACK = 1 << 17;

function flags({ optimize = "release", sourceMap = optimize === "debug", asc = [] }: BuildOptions): string[] {
  const level = optimize === "debug" ? ["--debug"] : ["--optimizeLevel", "3", "--shrinkLevel", "1"];
  const map = sourceMap ? ["--sourceMap"] : [];
  return ["--outFile", OUTPUT, "--stackSize", String(STACK), ...level, ...map, ...asc];
}
