/** A stranger's folder: outside of the repository, with the package installed from its tarball and nothing else of ours. */
import { type ChildProcess, exec, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "vitest";
import type {} from "./packing.ts";
import { snippetsOf, without } from "./snippets.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const shell = promisify(exec);

/** What npm would install beside the package. */
const PACKAGES = [
  "zod",
  "assemblyscript",
  "binaryen",
  "grpc-health-check",
  "protobufjs",
  "long",
  "chokidar",
  "readdirp",
  "express",
  "fastify",
  "hono",
  "rolldown",
  "commander",
  "typescript",
  "vite",
  "vitest",
];
const SCOPES = ["@assemblyscript", "@grpc", "@hono", "@nats-io", "@types", "@typescript"];

/** A program of the reader's own that needs no other process: any runtime can run it. */
const PROGRAM = /^node (?=app\/|(host|near|ports|split|nodes|one|three|rooms)\.mjs)/;
/** What such programs need: modules, keys, a registry. */
const NEEDED =
  /^(npx (asc|tsc|moult (build|keygen|sign|lock|push))\b|node (build|build-set|release)\.mjs|curl |docker-registry )/;

export interface Stranger {
  readonly folder: string;
  write(path: string, text: string): Promise<void>;
  /** Types a command, in a folder of theirs. @returns what it printed @throws with what it printed when it fails */
  type(command: string, options?: { readonly folder?: string }): Promise<string>;
  /**
   * Does what a document of the project says, in its order: writes its files, types its commands.
   *
   * @param engines what is typed where the document starts a program of the reader's own with `node`. Each of several
   *   begins the program in a folder as it was before; what it leaves there, the first one leaves. Where Node is not among
   *   them, only such commands are typed that a program needs
   * @param left a section that is left out: what it needs is not here
   */
  follow(document: string, engines?: readonly string[], left?: string): Promise<void>;
  leave(): Promise<void>;
}

/**
 * Somebody whose folder is empty, and who installs what the document says, with npm. Beside the folder lies a clone of
 * moult, with the tarball of `npm pack` in it; the folder itself has one too.
 *
 * @param packed where the package's files are: `inject("packed")`
 */
export async function newcomer(packed: string): Promise<Stranger> {
  const base = await mkdtemp(join(tmpdir(), "moult-newcomer-"));
  const [tarball = ""] = (await readdir(dirname(packed))).filter((name) => name.endsWith(".tgz"));
  const folder = join(base, "mine");
  for (const place of ["moult", "mine"]) {
    await mkdir(join(base, place));
    await cp(join(dirname(packed), tarball), join(base, place, tarball));
  }
  return resident(folder, { base, installs: true });
}

/** @param packed where the package's files are: `inject("packed")` */
export async function stranger(packed: string): Promise<Stranger> {
  const folder = await mkdtemp(join(tmpdir(), "moult-stranger-"));
  const modules = join(folder, "node_modules");
  await mkdir(modules);
  await cp(packed, join(modules, "moult"), { recursive: true });
  for (const name of [...PACKAGES, ...SCOPES]) {
    await symlink(join(root, "node_modules", name), join(modules, name), "junction");
  }
  await bin(modules);
  return resident(folder, { base: folder, installs: false });
}

interface Residence {
  /** What is removed in the end. */
  readonly base: string;
  /** Whether commands that install are typed. */
  readonly installs: boolean;
}

function resident(folder: string, { base, installs }: Residence): Stranger {
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
    async follow(document, engines = ["node"], left = undefined) {
      const text = await readFile(join(root, document), "utf8");
      const snippets = snippetsOf(left === undefined ? text : without(text, left));
      const elsewhere = !engines.includes("node");
      let printed = new Map<string, string>();
      let at = ".";
      await using servers = new Servers();
      for (const snippet of snippets) {
        const place = `${document}:${snippet.line}`;
        if (snippet.kind === "file") await write(snippet.path, snippet.text);
        else if (snippet.kind === "output") {
          for (const [engine, text] of printed) {
            const alike = engine === "node" ? String : asAnyPrints;
            expectText(alike(text), alike(snippet.text), `${place}, ${engine}`);
          }
        } else if (snippet.kind === "serve") {
          if (elsewhere && !NEEDED.test(snippet.command)) continue;
          await servers.at(snippet.where).start(snippet.command, join(folder, at));
        } else if (snippet.kind === "log") {
          if (servers.has(snippet.where)) await servers.at(snippet.where).prints(snippet.text, place);
        } else if (snippet.kind === "stop") {
          if (servers.has(snippet.where)) await servers.at(snippet.where).end();
        } else if (snippet.kind === "run" || installs) {
          for (const line of snippet.commands) {
            const { command, exit } = commandOf(line);
            if (command.startsWith("cd ")) at = join(at, command.slice(3));
            else if (elsewhere && !NEEDED.test(command) && !PROGRAM.test(command)) printed = new Map();
            else {
              printed = await everywhere(command, { folder, at, exit, engines }).catch((error: Error) => {
                throw new Error(`${place}: ${error.message}`);
              });
            }
          }
        }
      }
    },
    // A server that was just closed may still be writing to its cache.
    leave: () => rm(base, { recursive: true, maxRetries: 10, retryDelay: 100 }),
  };
}

/** Runtimes print objects each in their own way. */
function asAnyPrints(text: string): string {
  return text.replace(/,?\s+/g, " ").replaceAll('"', "'");
}

interface Place {
  readonly folder: string;
  /** Below it. */
  readonly at: string;
  readonly exit: number;
  readonly engines: readonly string[];
}

/** @returns what was printed, by engine: of a program of the reader's own by each of them, of all else by one */
async function everywhere(
  command: string,
  { folder, at, exit, engines }: Place,
): Promise<Map<string, string>> {
  const [first = "", ...others] = PROGRAM.test(command) ? engines : ["node"];
  const printed = new Map<string, string>();
  const typedBy = (engine: string) => command.replace(PROGRAM, `${engine} `);
  const copies = await Promise.all(others.map((_, i) => copied(folder, `${folder}-${i + 1}`)));
  printed.set(first, await typed(typedBy(first), join(folder, at), exit));
  for (const [i, engine] of others.entries()) {
    printed.set(engine, await typed(typedBy(engine), join(copies[i] as string, at), exit));
    await rm(copies[i] as string, { recursive: true, maxRetries: 10, retryDelay: 100 });
  }
  return printed;
}

/** The folder beside itself, with the same packages. */
async function copied(folder: string, copy: string): Promise<string> {
  const modules = join(folder, "node_modules");
  await cp(folder, copy, { recursive: true, filter: (path) => path !== modules });
  await symlink(modules, join(copy, "node_modules"), "junction");
  return copy;
}

/** The commands, as npm links them: those of the packages above, and ours. */
async function bin(modules: string): Promise<void> {
  const folder = join(modules, ".bin");
  await cp(join(root, "node_modules", ".bin"), folder, { recursive: true, verbatimSymlinks: true });
  const main = join("..", "moult", "dist", "bundle", "cli.js");
  if (process.platform === "win32")
    await writeFile(join(folder, "moult.cmd"), `@node "%~dp0\\${main}" %*\r\n`);
  else {
    await chmod(join(folder, main), 0o755);
    await symlink(main, join(folder, "moult"));
  }
}

/** Node 20 calls it so. */
const PERMISSION = process.allowedNodeEnvironmentFlags.has("--permission")
  ? "--permission"
  : "--experimental-permission";

/** `npx moult check . # exits with 1`; what else stands after a number sign is for the reader. */
function commandOf(line: string): { readonly command: string; readonly exit: number } {
  const [command = "", remark = ""] = line.split(/\s+# /);
  return {
    command: pinned(command.replace(" --permission ", ` ${PERMISSION} `)),
    exit: Number(/^exits with (\d+)$/.exec(remark)?.[1] ?? 0),
  };
}

/** What would be installed today is installed as it is here: in the versions that were tested, out of npm's cache. */
function pinned(command: string): string {
  if (!command.startsWith("npm install ")) return command;
  return command
    .split(" ")
    .map((word) => {
      const name = /^@?[^@]+/.exec(word)?.[0] ?? "";
      return PACKAGES.includes(name) || SCOPES.includes(name.split("/")[0] ?? "")
        ? `${name}@${versionOf(name)}`
        : word;
    })
    .join(" ");
}

function versionOf(name: string): string {
  const text = readFileSync(join(root, "node_modules", name, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

async function typed(command: string, folder: string, exit = 0): Promise<string> {
  const running = shell(command, { cwd: folder, env: { ...plainEnvironment(), ...NPM } });
  // Whoever looked around in a prompt leaves it.
  running.child.stdin?.on("error", () => {}).end(".help\n.exit\n");
  const { stdout, stderr, code } = await running.then(
    (ran) => ({ ...ran, code: 0 }),
    (error: { stdout?: string; stderr?: string; code?: number }) => error,
  );
  if (code === exit) return stdout ?? "";
  throw new Error(`"${command}" exited with ${code}, and not with ${exit}:\n${stdout}${stderr}`);
}

const NPM = {
  npm_config_prefer_offline: "true",
  npm_config_audit: "false",
  npm_config_fund: "false",
  npm_config_update_notifier: "false",
  npm_config_yes: "false",
  // Nothing is left at home by whoever tries what a document says.
  MOULT_CACHE: ".moult-cache",
};

/** Compares what was printed, where … stands for any word. */
function expectText(printed: string, text: string, place: string): void {
  if (!text.includes("…") || !fits(text).test(printed)) expect(printed, place).toBe(text);
}

/** What a text fits in which … stands for any word. */
function fits(text: string): RegExp {
  const parts = text.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("\\S+")}$`);
}

/** The terminals in which programs stay, by their names. */
class Servers implements AsyncDisposable {
  readonly #all = new Map<string, Server>();

  has(where: string): boolean {
    return this.#all.has(where);
  }

  at(where: string): Server {
    const there = this.#all.get(where) ?? new Server();
    this.#all.set(where, there);
    return there;
  }

  /** Those who were started last end first. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of [...this.#all.values()].reverse()) await each.end();
  }
}

/** A program in a terminal of its own. */
class Server {
  #child: ChildProcess | undefined;
  #printed = "";
  #errors = "";
  #told = () => {};

  /** Whatever ran in this terminal is ended before. */
  async start(command: string, folder: string): Promise<void> {
    await this.end();
    const [program = "", ...args] = command.split(" ");
    // In a group of its own, which Ctrl-C would end whole: npx starts what it runs as a child.
    const detached = process.platform !== "win32";
    this.#printed = "";
    this.#errors = "";
    const child = spawn(program, args, { cwd: folder, env: plainEnvironment(), detached });
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#printed += text;
      this.#told();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#errors += text;
      this.#told();
    });
    child.once("exit", () => this.#told());
    this.#child = child;
  }

  /** Waits for the next lines, as many as are expected; or for one like the last, where the first is …. */
  async prints(text: string, place: string): Promise<void> {
    if (text.startsWith("…\n")) return this.#says(text.slice(2).trimEnd(), place);
    const lines = text.split("\n").length;
    await this.#until(() => this.#printed.split("\n").length >= lines);
    const printed = this.#printed.split("\n");
    expectText(`${printed.slice(0, lines - 1).join("\n")}\n${this.#errors}`, text, place);
    this.#printed = printed.slice(lines - 1).join("\n");
  }

  /** Waits for a line, on whichever stream a server has its log. */
  async #says(line: string, place: string): Promise<void> {
    const said = () => `${this.#printed}\n${this.#errors}`.split("\n");
    const isSaid = () => said().some((each) => fits(line).test(each));
    await this.#until(isSaid);
    if (!isSaid()) expect(said(), place).toContain(line);
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo() && this.#child?.exitCode === null) {
      await new Promise<void>((resolve) => {
        this.#told = resolve;
      });
    }
  }

  /** As Ctrl-C does. */
  async end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "close");
    const { pid } = child;
    if (process.platform === "win32" || pid === undefined) child.kill();
    else process.kill(-pid, "SIGINT");
    await ended;
  }
}

/** Without what npm and the test runner set for their own children. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|VITEST|TEST$)/i.test(name));
  return { ...Object.fromEntries(entries), NO_COLOR: "1" };
}
