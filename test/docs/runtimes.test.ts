/** The packed package in every runtime that is here: the programs of the guide, and guests that never end. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, inject, it } from "vitest";
import { EXPECTED } from "../endless/expected.ts";
import { writeModules } from "../endless/modules.ts";
import { room } from "../keyed/room.ts";
import { there } from "../oci/docker-registry.ts";
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

/** Of the one about registries, the programs run where there is a registry. */
const DOCUMENTS = [
  "README.md",
  "docs/guide.md",
  "docs/security.md",
  "docs/remote.md",
  "docs/fabrics.md",
  "docs/releases.md",
  "docs/keyed.md",
  ...(there ? ["docs/distribution.md"] : []),
];

/** Prints what `program.js` says. */
const ENDLESS = `import { readFile } from "node:fs/promises";
import { endless } from "./program.js";

const lines = await endless((name) => readFile(\`\${name}.wasm\`));
console.log(lines.join("\\n"));
`;

/** @param run a program of JavaScript, as a command begins */
async function endsWhatNeverEnds(run: string): Promise<void> {
  const one = await stranger(inject("packed"));
  await one.write("package.json", '{ "type": "module", "dependencies": { "moult": "*", "zod": "*" } }');
  await one.write("program.js", readFileSync(join(root, "test/endless/program.js"), "utf8"));
  await one.write("main.js", ENDLESS);
  await writeModules(one.folder);
  expect((await one.type(`${run} main.js`)).trimEnd().split("\n")).toEqual(EXPECTED);
  await one.leave();
}

it("Node ends a guest that never ends, in each of its entries", { timeout: 120_000 }, async () => {
  await endsWhatNeverEnds(`"${process.execPath}"`);
});

for (const { name, program, run, how } of RUNTIMES) {
  describe.skipIf(!program)(program ? `in ${name}` : `in ${name} (not here: ${how})`, () => {
    it.each(DOCUMENTS)("moult does what %s says", { timeout: 300_000 }, async (document) => {
      const one = await stranger(inject("packed"));
      // What `npm install` leaves, beside the packages.
      await one.write("package.json", '{ "type": "module", "dependencies": { "moult": "*", "zod": "*" } }');
      await one.follow(document, run);
      await one.leave();
    });

    it("serves a plugin over gRPC, shows it in a dashboard, and hosts it by its name", {
      timeout: 120_000,
    }, async () => {
      const one = await stranger(inject("packed"));
      await one.write("package.json", '{ "type": "module", "dependencies": { "moult": "*", "zod": "*" } }');
      await one.write("program.js", readFileSync(join(root, "test/docs/services/program.js"), "utf8"));
      await writeFile(join(one.folder, "room.wasm"), await room("first", "1.0.0"));
      expect((await one.type(`${run} program.js`)).trimEnd().split("\n")).toEqual([
        "dashboard 200 true 200 true",
        "grpc 0801 0801",
        "release 1 2",
      ]);
      await one.leave();
    });

    it("ends a guest that never ends, in each of its entries", { timeout: 120_000 }, async () => {
      await endsWhatNeverEnds(run);
    });
  });
}
