/** A stranger's folder: outside of the repository, with the package installed from its tarball and nothing else of ours. */
import { exec } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "vitest";
import { snippetsOf } from "./snippets.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const shell = promisify(exec);

/** What npm would install beside the package. */
const PACKAGES = [
  "zod",
  "assemblyscript",
  "binaryen",
  "long",
  "chokidar",
  "readdirp",
  "commander",
  "typescript",
  "vite",
  "vitest",
];
const SCOPES = ["@assemblyscript", "@typescript"];

/** Builds and packs the project as `npm publish` would. @returns the folder in which its files are unpacked */
export async function pack(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "moult-packed-"));
  await typed(`npm pack --foreground-scripts --pack-destination "${folder}"`, root);
  const [tarball] = await readdir(folder);
  await typed(`tar -xzf ${tarball}`, folder);
  return join(folder, "package");
}

export interface Stranger {
  readonly folder: string;
  write(path: string, text: string): Promise<void>;
  /** Types a command, in a folder of theirs. @returns what it printed @throws with what it printed when it fails */
  type(command: string, options?: { readonly folder?: string }): Promise<string>;
  /** Writes every file that a document of the project shows, then types its commands, in their order. */
  follow(document: string): Promise<void>;
  leave(): Promise<void>;
}

/** @param packed where `pack` put the package */
export async function stranger(packed: string): Promise<Stranger> {
  const folder = await mkdtemp(join(tmpdir(), "moult-stranger-"));
  const modules = join(folder, "node_modules");
  await mkdir(modules);
  await cp(packed, join(modules, "moult"), { recursive: true });
  for (const name of [...PACKAGES, ...SCOPES]) {
    await symlink(join(root, "node_modules", name), join(modules, name), "junction");
  }
  await bin(modules);
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  const type: Stranger["type"] = (command, { folder: inner = "." } = {}) =>
    typed(command, join(folder, inner));
  return {
    folder,
    write,
    type,
    async follow(document) {
      const snippets = snippetsOf(await readFile(join(root, document), "utf8"));
      for (const snippet of snippets) {
        if (snippet.kind === "file") await write(snippet.path, snippet.text);
      }
      let printed = "";
      for (const snippet of snippets) {
        const place = `${document}:${snippet.line}`;
        if (snippet.kind === "file") continue;
        if (snippet.kind === "output") expect(printed, place).toBe(snippet.text);
        else {
          for (const command of snippet.commands) {
            printed = await type(command).catch((error: Error) => {
              throw new Error(`${place}: ${error.message}`);
            });
          }
        }
      }
    },
    // A server that was just closed may still be writing to its cache.
    leave: () => rm(folder, { recursive: true, maxRetries: 10, retryDelay: 100 }),
  };
}

/** The commands, as npm links them: those of the packages above, and ours. */
async function bin(modules: string): Promise<void> {
  const folder = join(modules, ".bin");
  await cp(join(root, "node_modules", ".bin"), folder, { recursive: true, verbatimSymlinks: true });
  const main = join("..", "moult", "dist", "host", "cli", "main.js");
  if (process.platform === "win32")
    await writeFile(join(folder, "moult.cmd"), `@node "%~dp0\\${main}" %*\r\n`);
  else {
    await chmod(join(folder, main), 0o755);
    await symlink(main, join(folder, "moult"));
  }
}

async function typed(command: string, folder: string): Promise<string> {
  try {
    return (await shell(command, { cwd: folder, env: plainEnvironment() })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`"${command}" failed:\n${stdout}${stderr}`);
  }
}

/** Without what npm and the test runner set for their own children. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|VITEST|TEST$)/i.test(name));
  return { ...Object.fromEntries(entries), NO_COLOR: "1" };
}
