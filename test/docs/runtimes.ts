/** The runtimes beside Node that are here, and how to get those that are not. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

export interface Runtime {
  readonly name: string;
  /** How its program is called, or where npm puts it. */
  readonly program: string;
  /** What comes before a file. */
  readonly run: string;
  readonly how: string;
}

const PLATFORM = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
export const RUNTIMES: readonly Runtime[] = [
  runtime("Bun", "bun", "", `@oven/bun-${PLATFORM}@1.4.5`, "bin/bun"),
  runtime("Deno", "deno", " run --allow-all", `@deno/${PLATFORM}-glibc@2.9.6`, "deno"),
];

function runtime(name: string, command: string, run: string, npm: string, file: string): Runtime {
  const folder = npm.slice(0, npm.lastIndexOf("@"));
  const own = join(root, ".ci-runtimes", "node_modules", folder, ...file.split("/"));
  const program = [own, command].find(answers) ?? "";
  const how = `install it, or npm install --no-save --no-package-lock --prefix .ci-runtimes ${npm}`;
  return { name, program, run: `"${program}"${run}`, how };
}

function answers(program: string): boolean {
  if (program.includes(".ci-runtimes") && !existsSync(program)) return false;
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/**
 * The runtimes that follow documents: one of them, drawn by the commit, since a document takes a minute in each;
 * `MOULT_EVERY_ENGINE=1` for all. The list of `npm run engines` runs in all of them every time.
 */
export const FOLLOWING: readonly Runtime[] = process.env.MOULT_EVERY_ENGINE
  ? RUNTIMES
  : RUNTIMES.filter((_, i) => i === drawn(RUNTIMES.length));

/** What is typed before a file: Node, and each runtime that is here and follows documents. */
export const EVERY_ENGINE: readonly string[] = [
  "node",
  ...FOLLOWING.filter(({ program }) => program).map(({ run }) => run),
];

function drawn(most: number): number {
  try {
    const commit = execFileSync("git", ["rev-parse", "HEAD"], { cwd: root, encoding: "utf8" });
    return Number.parseInt(commit.slice(4, 8), 16) % most;
  } catch {
    return 0;
  }
}
