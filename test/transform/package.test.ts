import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readManifest } from "../../abi/manifest.ts";
import { build } from "../../abi/transform/build.ts";
import { identify } from "../../abi/transform/identity.ts";
import { guest, instantiate } from "./instance.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
const guests = fileURLToPath(new URL("../guests/transform/", import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "moult-"));
  await cp(guests, folder, { recursive: true });
  await mkdir(join(folder, "node_modules"));
  await symlink(root, join(folder, "node_modules/moult"));
  await symlink(join(root, "node_modules/assemblyscript"), join(folder, "node_modules/assemblyscript"));
  // The command line runs what is built; a type error elsewhere in the project is not what is tested here.
  await run(
    process.execPath,
    [join(root, "node_modules/typescript/lib/tsc.js"), "-b", "abi", "abi/transform"],
    {
      cwd: root,
    },
  ).catch(() => undefined);
});
afterAll(() => rm(folder, { recursive: true }));

async function asc(...args: string[]): Promise<string> {
  const { stderr } = await run(process.execPath, ["node_modules/assemblyscript/bin/asc.js", ...args], {
    cwd: folder,
  });
  return stderr;
}

test("the compiler's command line makes the bytes that build() makes", async () => {
  const config = ["--config", "node_modules/moult/asconfig.json", "--transform", "moult/transform"];
  expect(await asc("handler.ts", ...config, "-o", "handler.wasm")).toBe("");
  const { wasm } = await build(join(folder, "handler.ts"));
  expect(Buffer.from(wasm).equals(await readFile(join(folder, "handler.wasm")))).toBe(true);
});

test("the command line needs no option for what the ABI wants", async () => {
  await asc("handler.ts", "--transform", "moult/transform", "-o", "bare.wasm");
  const instance = instantiate(await readFile(join(folder, "bare.wasm")), {
    "moult:plugin/state@1.0.0": { read: () => 0, write: () => 1 },
  });
  expect(instance.call.handle!("127.0.0.1 GET /")).toBe(true);
  expect(instance.call.handle!("127.0.0.1 GET /again")).toBe(true);
  expect(instance.call.report!()).toEqual({ lines: 2n, clients: 1 });
});

test("the command line shows a refusal with the author's line", async () => {
  await writeFile(join(folder, "refused.ts"), "export function f(x: i32, at: usize): void {}\n");
  const failed = asc("refused.ts", "--transform", "moult/transform", "-o", "refused.wasm", "--noColors");
  await expect(failed).rejects.toThrow(
    "ERROR AS109: Transform 'moult': usize is as wide as the guest's memory: write u32 or u64",
  );
  await expect(failed).rejects.toThrow("refused.ts(1,31)");
});

test("two entry files are refused", async () => {
  const failed = asc("handler.ts", "echo.ts", "--transform", "moult/transform", "-o", "two.wasm");
  await expect(failed).rejects.toThrow("a plugin has one entry file; found 2: handler.ts, echo.ts");
});

test("equal sources make equal bytes, whatever folder they lie in, and at every build", async () => {
  const identity = { name: "calls", version: "1.2.3" };
  const [here, there, again] = [
    await build(guest("calls"), identity),
    await build(join(folder, "calls.ts"), identity),
    await build(guest("calls"), identity),
  ];
  expect(Buffer.from(here.wasm).equals(there.wasm)).toBe(true);
  expect(Buffer.from(here.wasm).equals(again.wasm)).toBe(true);
});

test("builds that run at the same time do not mix", async () => {
  const names = ["handler", "echo", "calls", "handler"];
  const made = await Promise.all(
    names.map((name) => build(guest(name), { name, version: "1.0.0", optimize: "debug" })),
  );
  for (const [index, { wasm, manifest }] of made.entries()) {
    expect(manifest.name).toBe(names[index]);
    expect(readManifest(new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>))).toEqual(manifest);
  }
  expect(Buffer.from(made[0]!.wasm).equals(made[3]!.wasm)).toBe(true);
});

test("a name and version come from the nearest package, and its interface names the exports", async () => {
  const nested = join(folder, "package/src");
  await mkdir(nested, { recursive: true });
  await writeFile(join(nested, "plugin.ts"), "export function topPaths(): Array<string> { return []; }\n");
  const described = {
    name: "@acme/logs",
    version: "2.1.0-rc.1",
    moult: { interface: "demo:logs/handler@1.0.0" },
  };
  await writeFile(join(folder, "package/package.json"), JSON.stringify(described));
  const { wasm, manifest } = await build(join(nested, "plugin.ts"), { optimize: "debug" });
  expect(manifest).toMatchObject({
    name: "@acme/logs",
    version: "2.1.0-rc.1",
    interface: "demo:logs/handler@1.0.0",
  });
  const names = WebAssembly.Module.exports(new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>)).map(
    ({ name }) => name,
  );
  expect(names).toContain("demo:logs/handler@1.0.0#top-paths");
  expect(names).toContain("cabi_post_demo:logs/handler@1.0.0#top-paths");
  expect(instantiate(wasm).call.topPaths!()).toEqual([]);
});

test("a package that is not JSON is an error that says so", async () => {
  const broken = join(folder, "broken");
  await mkdir(broken);
  await writeFile(join(broken, "plugin.ts"), "export function f(): void {}\n");
  await writeFile(join(broken, "package.json"), "{");
  await expect(build(join(broken, "plugin.ts"))).rejects.toThrow(
    /^could not build .*plugin\.ts: the entry's package\.json is not JSON: /,
  );
});

test("top-level code runs, in an entry that exports nothing too", async () => {
  const entry = join(folder, "silent.ts");
  await writeFile(entry, 'import { log } from "moult/guest";\nlog.info("here");\n');
  const lines: string[] = [];
  const write = (_: string, line: string) => void lines.push(line);
  instantiate((await build(entry, { optimize: "debug" })).wasm, { "moult:log/log@1.0.0": { write } });
  expect(lines).toEqual(["here"]);
});

test("functions of other files are exported by the entry, under the names that it gives", async () => {
  await writeFile(
    join(folder, "inner.ts"),
    "export function one(): i32 { return 1; }\nexport function two(): i32 { return 2; }\n",
  );
  await writeFile(join(folder, "more.ts"), "export function three(): i32 { return 3; }\n");
  const entry = join(folder, "outer.ts");
  await writeFile(entry, 'export { one as first, two } from "./inner";\nexport * from "./more";\n');
  const { call } = instantiate((await build(entry, { optimize: "debug" })).wasm);
  expect([call.first!(), call.two!(), call.three!()]).toEqual([1, 2, 3]);
});

test("without a package they are the file's name and 0.0.0", async () => {
  const { manifest } = await build(join(folder, "shapes.ts"), { optimize: "debug" });
  expect(manifest).toMatchObject({ name: "shapes", version: "0.0.0", exports: [] });
  expect(manifest.state).toBeUndefined();
});

test("a package.json is looked for once in the entry's folder and each one above it", async () => {
  const asked: string[] = [];
  const readFile = (name: string, directory: string) => {
    asked.push(resolve(directory, name));
    return null;
  };
  const at = join(folder, "no", "package");
  const found = await identify("deep/own.ts", { baseDir: at, readFile, options: {} });
  expect(found).toEqual({ name: "own", version: "0.0.0" });
  const above = [join(at, "deep")];
  while (dirname(above.at(-1)!) !== above.at(-1)) above.push(dirname(above.at(-1)!));
  expect(asked).toEqual(above.map((each) => join(each, "package.json")));
});

test("a build lists the files that it read, each once, for whoever watches them", async () => {
  const { files } = await build(join(folder, "echo.ts"), { optimize: "debug" });
  expect(files).toEqual([...new Set(files)].sort());
  expect(files).toContain(join(folder, "echo.ts"));
  expect(files).toContain(join(folder, "shapes.ts"));
  expect(files).toContain(join(root, "abi/guest/option.ts"));
});

test("a debug build comes with a source map that holds the author's lines", async () => {
  const { sourceMap } = await build(join(folder, "handler.ts"), { optimize: "debug" });
  const { sources, sourcesContent } = JSON.parse(sourceMap!) as {
    sources: string[];
    sourcesContent: string[];
  };
  expect(sourcesContent[sources.indexOf("handler.ts")]).toBe(
    await readFile(join(folder, "handler.ts"), "utf8"),
  );
});

test("an author's files are clean under plain tsc", async () => {
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: "assemblyscript/std/assembly.json",
      compilerOptions: {
        module: "esnext",
        moduleResolution: "bundler",
        skipLibCheck: true,
        strictPropertyInitialization: false,
        noEmit: true,
      },
      files: ["handler.ts", "calls.ts", "shapes.ts", "echo.ts", "life.ts", "by-hand.ts"],
    }),
  );
  const { stdout } = await run(process.execPath, [
    join(root, "node_modules/typescript/lib/tsc.js"),
    "-p",
    folder,
  ]);
  expect(stdout).toBe("");
});
