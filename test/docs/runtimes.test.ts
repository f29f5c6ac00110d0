/**
 * The packed package in every runtime that is here: the documents whose programs call servers, which remember who called,
 * and guests that never end. The programs of other documents run in all of them in `setup.test.ts`.
 */
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, inject, it } from "vitest";
import { EXPECTED } from "../endless/expected.ts";
import { writeModules } from "../endless/modules.ts";
import { room } from "../keyed/room.ts";
import { there } from "../oci/docker-registry.ts";
import { FOLLOWING, RUNTIMES } from "./runtimes.ts";
import { stranger } from "./stranger.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Of the one about registries, the programs run where there is a registry. */
const DOCUMENTS = [
  "docs/remote.md",
  "docs/releases.md",
  "docs/keyed.md",
  ...(there ? ["docs/distribution.md"] : []),
];

/** Prints what `program.js` says. */
const ENDLESS = `import { readFile } from "node:fs/promises";
import { endless } from "./program.js";

const lines = await endless((name) => readFile(\`\${name}.wasm\`));
console.log(lines.join("\\n"));
// Bun cannot stop a loop: the guests that were given up use up their fuel, which takes each a core for a while.
process.exit();
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

for (const runtime of RUNTIMES) {
  const { name, program, run, how } = runtime;
  describe.skipIf(!program)(program ? `in ${name}` : `in ${name} (not here: ${how})`, () => {
    it.runIf(FOLLOWING.includes(runtime)).each(DOCUMENTS)(
      "moult does what %s says",
      { timeout: 300_000 },
      async (document) => {
        const one = await stranger(inject("packed"));
        // What `npm install` leaves, beside the packages.
        await one.write("package.json", '{ "type": "module", "dependencies": { "moult": "*", "zod": "*" } }');
        await one.follow(document, [run]);
        await one.leave();
      },
    );

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
