import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { kept } from "../../demo/kept.ts";

const folder = mkdtempSync(join(tmpdir(), "moult-demo-kept-"));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "source"));
const entry = join(folder, "source", "plugin.ts");
writeFileSync(entry, 'export { twice } from "./twice";\n');
writeFileSync(join(folder, "source", "twice.ts"), "export function twice(x: u32): u32 { return x * 2; }\n");

/** Whether it was built, and what came out. */
async function started(options: { version?: string; tools?: string } = {}) {
  const { version = "1.0.0", tools = "these" } = options;
  let built = false;
  const onBuild = () => {
    built = true;
  };
  const wasm = await kept(entry, { version, tools, folder: join(folder, "kept"), onBuild });
  return { built, wasm };
}

it("npm start builds a version once, and again when something of it changed", async () => {
  const first = await started();
  expect(first.built).toBe(true);
  expect(await started()).toEqual({ ...first, built: false });
  appendFileSync(join(folder, "source", "twice.ts"), "// Another one.\n");
  expect(await started()).toEqual({ ...first, built: true });
  expect((await started()).built).toBe(false);
  writeFileSync(join(folder, "source", "package.json"), '{ "name": "another" }');
  expect((await started()).built).toBe(true);
  expect((await started({ version: "1.0.1" })).built).toBe(true);
});

it("npm start builds again with another compiler, and where what was kept is not whole", async () => {
  await started();
  expect((await started()).built).toBe(false);
  expect((await started({ tools: "others" })).built).toBe(true);
  expect((await started({ tools: "others" })).built).toBe(false);
  for (const name of readdirSync(join(folder, "kept"))) {
    const file = join(folder, "kept", name);
    writeFileSync(file, readFileSync(file, "utf8").slice(0, -100));
  }
  expect((await started({ tools: "others" })).built).toBe(true);
});
