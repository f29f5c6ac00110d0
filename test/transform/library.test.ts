import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Build, BuildError, type BuildOptions, build, library } from "../../abi/transform/mod.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const plugins = ["wasm-plugins", "test/guests"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => join(root, folder, file))
    .sort(),
);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "moult-library-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** All of a build that is not its time. */
async function made(entry: string, options: BuildOptions): Promise<Omit<Build, "time"> | string> {
  try {
    const { time: _, ...rest } = await build(entry, options);
    return rest;
  } catch (error) {
    if (error instanceof BuildError) return error.message;
    throw error;
  }
}

function write(name: string, text: string): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** All of them take two minutes: every third will do, or all with `MOULT_EVERY_PLUGIN=1`. */
const STEP = process.env.MOULT_EVERY_PLUGIN ? 1 : 3;
/** In parts, each with a library of its own. */
const PARTS = 3;

test.each(Array.from({ length: PARTS }, (_, part) => part))(
  "a plugin has the same bytes, map and notes with a library as without, whatever came before: part %i",
  async (part) => {
    const kept = library();
    let builds = 0;
    for (const [index, plugin] of plugins.entries()) {
      if (index % STEP !== 0 || (index / STEP) % PARTS !== part) continue;
      for (const optimize of ["debug", "release"] as const) {
        // Optimized builds take long: every seventh of those will do.
        if (optimize === "release" && (index / STEP) % 7 !== 0) continue;
        const cold = await made(plugin, { optimize });
        const warm = await made(plugin, { optimize, library: kept });
        expect(warm, `${plugin}, ${optimize}`).toEqual(cold);
        if (typeof warm !== "string") builds++;
      }
    }
    expect(builds).toBeGreaterThan(10);
    expect(kept.size).toBeGreaterThan(20);
  },
);

test("after a build that failed the next one has the same bytes", async () => {
  const kept = library();
  const plugin = join(root, "wasm-plugins/log-handler/v2.ts");
  const cold = await made(plugin, { optimize: "debug" });
  const wrong = [
    'import { log } from "moult/guest";\nexport function f(): void { log.info(1); }\n',
    "export function f(a: () => void): void {}\n",
    'import { log } from "moult/guest"\nexport function f(: void { log.info("a"); }\n',
  ];
  for (const [index, text] of wrong.entries()) {
    const entry = write(`wrong-${index}.ts`, text);
    const failed = await made(entry, { optimize: "debug", library: kept });
    expect(failed).toMatch(/^could not build .*: \d errors?\n/);
    expect(failed).toBe(await made(entry, { optimize: "debug" }));
    expect(await made(plugin, { optimize: "debug", library: kept })).toEqual(cold);
  }
});

test("builds that share a library and begin at once have the bytes of builds alone", async () => {
  const kept = library();
  const some = ["log-handler/v1.ts", "greeter/v2.ts", "counter/v1.ts"].map((name) =>
    join(root, "wasm-plugins", name),
  );
  const together = await Promise.all(
    some.map((plugin) => made(plugin, { optimize: "debug", library: kept })),
  );
  for (const [index, plugin] of some.entries()) {
    expect(together[index]).toEqual(await made(plugin, { optimize: "debug" }));
  }
});

test("a package whose text has changed is parsed again", async () => {
  const kept = library();
  const entry = write(
    "app/plugin.ts",
    'import { answer } from "pack/inner";\nexport function ask(): i32 { return answer(); }\n',
  );
  const inner = "app/node_modules/pack/inner.ts";
  write(inner, "export function answer(): i32 { return 1; }\n");
  const first = await made(entry, { optimize: "debug", library: kept });
  write(inner, 'import { two } from "./two";\nexport function answer(): i32 { return two; }\n');
  write("app/node_modules/pack/two.ts", "export const two = 2;\n");
  const second = await made(entry, { optimize: "debug", library: kept });
  expect(second).not.toEqual(first);
  expect(second).toEqual(await made(entry, { optimize: "debug" }));
  rmSync(join(folder, "app/node_modules/pack/two.ts"));
  expect(await made(entry, { optimize: "debug", library: kept })).toMatch(/File '.*two.*' not found/);
});
