/** A run of the plugin's own vitest, in this process, with its output to this terminal. */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import type * as VitestNode from "vitest/node";
import type { Project } from "../dev/project.ts";
import { EXIT, Failure } from "./failure.ts";
import { plain } from "./plain.ts";
import type { Terminal } from "./terminal.ts";

type Vitest = typeof VitestNode;

/** The plugin's own vitest, the one that its tests import. */
export async function vitestOf({ root }: Project): Promise<Vitest> {
  let file: string;
  try {
    file = createRequire(join(root, "package.json")).resolve("vitest/node");
  } catch (cause) {
    throw new Failure("could not test: vitest is not installed", {
      exit: EXIT.usage,
      hint: "npm install --save-dev vitest@4",
      cause,
    });
  }
  return import(pathToFileURL(file).href) as Promise<Vitest>;
}

export interface TestRun {
  readonly project: Project;
  /** Arguments for vitest. */
  readonly passed: readonly string[];
  /** Whether the state of this version is to be written for later versions. */
  readonly release: boolean;
}

/**
 * Runs the tests of a plugin's folder.
 *
 * @returns the exit code
 * @throws Failure when there are no tests, or when it is interrupted
 */
export async function runTests(terminal: Terminal, vitest: Vitest, options: TestRun): Promise<number> {
  const { project, passed, release } = options;
  const { filter, options: said } = parsed(vitest, passed);
  const lines = linesTo(terminal);
  const exitCode = process.exitCode;
  const running = await ownSignals(() =>
    vitest.createVitest(
      "test",
      {
        root: project.root,
        ...NATIVE,
        ...said,
        watch: false,
        env: { ...said.env, MOULT_RELEASE: release ? "1" : "" },
      },
      {},
      { stdout: lines, stderr: lines },
    ),
  ).catch((cause: unknown) => {
    throw unconfigured(project, said.config, cause);
  });
  let green = false;
  try {
    const result = await Promise.race([running.start(filter), interruption(terminal.signal)]);
    const failed =
      result.unhandledErrors.length > 0 || result.testModules.some((module) => module.state() === "failed");
    green = !failed;
    return conclude(terminal, { tests: testsOf(result.testModules), failed, release, project });
  } catch (error) {
    if (error instanceof Failure) throw error;
    if ((error as { code?: unknown }).code !== "VITEST_FILES_NOT_FOUND")
      throw unconfigured(project, said.config, error);
    throw new Failure(`could not test ${project.name}: there are no tests to run`, {
      exit: EXIT.usage,
      hint: "write one, like test/plugin.test.ts; moult new makes a plugin that has some",
    });
  } finally {
    if (!green) await withdraw(terminal, testsOf(running.state.getTestModules()));
    if (terminal.signal.aborted) await cancel(running);
    await running.close();
    process.exitCode = exitCode;
  }
}

/**
 * In Bun every module has `__esModule`, by which vitest takes the default export for the module, and names that only the
 * module has are undefined: `z` of zod. Bun's own `import` finds the names of CommonJS modules.
 */
const NATIVE = process.versions.bun === undefined ? {} : { deps: { interopDefault: false } };

const CONFIGS = ["vitest", "vite"].flatMap((name) =>
  ["ts", "mts", "cts", "js", "mjs", "cjs"].map((ending) => `${name}.config.${ending}`),
);
/** A line of a drawing of the source, which is not as its author wrote it. */
const DRAWN = /^\s*(\d+ )?│|^\s*─+╯/;

/** What vitest did not start with is in files of the project: its configuration, and what that names. */
function unconfigured({ root, name }: Project, given: unknown, cause: unknown): Failure {
  const file = typeof given === "string" ? given : CONFIGS.find((each) => existsSync(join(root, each)));
  const text = stripVTControlCharacters(cause instanceof Error ? cause.message : String(cause));
  const why = text.split("\n").filter((line) => line.trim() !== "" && !DRAWN.test(line));
  const whose = file === undefined ? "" : `, as ${plain(file)} has it`;
  return new Failure(`could not test ${name}: vitest does not start${whose}: ${why.join("\n")}`, {
    exit: EXIT.usage,
    cause,
  });
}

/** At first vitest waits for running tests, which may never end; the second call ends them. */
async function cancel(running: VitestNode.Vitest): Promise<void> {
  const waits = running.cancelCurrentRun("keyboard-input");
  await Promise.allSettled([waits, running.cancelCurrentRun("keyboard-input")]);
}

type TestModules = ReturnType<VitestNode.Vitest["state"]["getTestModules"]>;
type Tests = readonly VitestNode.TestCase[];

function testsOf(modules: TestModules): Tests {
  return modules.flatMap((module) => [...module.children.allTests()]);
}

/** A version with failing tests is not released. */
async function withdraw(terminal: Terminal, tests: Tests): Promise<void> {
  for (const { file, fresh } of released(tests)) {
    if (!fresh) continue;
    await rm(file);
    terminal.say(`not released: ${shown(terminal, file)}; there were failures`);
  }
}

function parsed(vitest: Vitest, passed: readonly string[]): ReturnType<Vitest["parseCLI"]> {
  try {
    return vitest.parseCLI(["vitest", "run", ...passed]);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Failure(`vitest does not take its arguments: ${why}`, { exit: EXIT.usage, cause });
  }
}

interface Conclusion extends Pick<TestRun, "project" | "release"> {
  readonly tests: Tests;
  readonly failed: boolean;
}

function conclude(terminal: Terminal, { tests, failed, release, project }: Conclusion): number {
  const count = (state: string) => tests.filter((each) => each.result().state === state).length;
  const files = failed ? [] : released(tests).map(({ file }) => shown(terminal, file));
  const counts = { passed: count("passed"), failed: count("failed"), skipped: count("skipped") };
  if (terminal.json) terminal.printJson({ name: project.name, ok: !failed, ...counts, released: files });
  if (failed) return EXIT.refused;
  if (release && files.length === 0) {
    throw new Failure(`could not release ${project.name}: no test asks for what was released`, {
      hint: "call expectReleased of moult/testing in one",
    });
  }
  for (const file of files) terminal.say(`released: ${file}; commit it`);
  return EXIT.ok;
}

/** What `expectReleased` records in a test's metadata. */
interface Released {
  readonly file: string;
  readonly fresh: boolean;
}

function released(tests: Tests): Released[] {
  const noted = tests.map((each) => (each.meta() as { readonly moultReleased?: Released }).moultReleased);
  return noted.filter((each) => each !== undefined);
}

function shown({ cwd }: Terminal, file: string): string {
  return plain(relative(cwd, file).replaceAll("\\", "/"));
}

/** Vitest's output is the result; when the result is to be JSON, it goes to standard error. */
function linesTo(terminal: Terminal): Writable {
  let rest = "";
  const lines = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      const lines = `${rest}${chunk}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) terminal.json ? terminal.say(line) : terminal.print(line);
      done();
    },
  });
  // Vitest pipes every worker into it, and the first worker that ends would close it for the others.
  return Object.assign(lines, { end: () => lines });
}

/** Rejects at Ctrl-C. */
function interruption(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const give = () => reject(new Failure("interrupted", { exit: EXIT.interrupted }));
    if (signal.aborted) give();
    else signal.addEventListener("abort", give, { once: true });
  });
}

/** Vitest would end the process at Ctrl-C; the command ends the workers first. */
async function ownSignals<T>(work: () => Promise<T>): Promise<T> {
  const signals = ["SIGINT", "SIGTERM"] as const;
  const before = signals.map((signal) => process.listeners(signal));
  const made = await work();
  for (const [i, signal] of signals.entries()) {
    for (const listener of process.listeners(signal)) {
      if (!before[i]!.includes(listener)) process.off(signal, listener);
    }
  }
  return made;
}
