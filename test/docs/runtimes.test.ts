/** The packed package in other runtimes than Node: programs of the guide, with the same output. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, inject, it } from "vitest";
import { stranger } from "./stranger.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

interface Runtime {
  readonly name: string;
  /** How its program is called, or where npm puts it. */
  readonly program: string;
  /** What comes before a file. */
  readonly run: string;
  readonly how: string;
}

const PLATFORM = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
const RUNTIMES: readonly Runtime[] = [
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

for (const { name, program, run, how } of RUNTIMES) {
  describe.skipIf(!program)(program ? `in ${name}` : `in ${name} (not here: ${how})`, () => {
    it.each(["README.md", "docs/guide.md", "docs/security.md"])(
      "moult does what %s says",
      { timeout: 300_000 },
      async (document) => {
        const one = await stranger(inject("packed"));
        // What `npm install` leaves, beside the packages.
        await one.write("package.json", '{ "type": "module", "dependencies": { "moult": "*", "zod": "*" } }');
        await one.follow(document, run);
        await one.leave();
      },
    );
  });
}
