import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { type Contract, load } from "moult";
import { afterAll, beforeAll, expect, it } from "vitest";
import { build } from "../../host/cli/build.ts";
import { asconfig } from "../../host/dev/asconfig.ts";
import { command as typed } from "./command.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const command = (args: readonly string[], signal?: AbortSignal) =>
  typed(args, { cwd: folder, verbs: [build], ...(signal && { signal }) });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "moult-build-"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  write("package.json", JSON.stringify({ type: "module" }));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): void {
  mkdirSync(join(folder, name, ".."), { recursive: true });
  writeFileSync(join(folder, name), text);
}

const COUNTER = `import { state } from "moult/guest";

@state
class Kept {
  total: u64 = 0;
}
const kept = state<Kept>();

export class Total {
  total: u64 = 0;
  last: string | null = null;
}

export function add(name: string, numbers: Float64Array): Total {
  kept.total += numbers.length;
  return { total: kept.total, last: name };
}
`;

function counter(name: string, text = COUNTER): void {
  const moult = { interface: "acme:things/counter@1.2.0" };
  write(
    `${name}/package.json`,
    JSON.stringify({ name: `@acme/${name}`, version: "1.2.0", type: "module", moult }),
  );
  write(`${name}/plugin.ts`, text);
}

const made = (name: string) => readdirSync(join(folder, name)).sort();

it("writes the module, its map, and a contract by which a host loads it", async () => {
  counter("counter");
  const { exit, out, err } = await command(["build", "counter"]);
  expect(err).toMatch(/^@acme\/counter 1\.2\.0 built for release in [\d,]+ ms\n$/);
  expect(out).toMatch(/^ {2}counter\/build\/counter\.wasm +[\d,]+ bytes, [\d,]+ with gzip\n/);
  expect(out).toMatch(/\n {2}state +schema [0-9a-f]{16}\n$/);
  expect(exit).toBe(0);
  expect(made("counter/build")).toEqual(
    ["contract.mjs", "contract.mts", "d.ts", "wasm", "wasm.map", "wit"].map((end) => `counter.${end}`),
  );
  const wasm = readFileSync(join(folder, "counter/build/counter.wasm"));
  const { Counter } = await import(/* @vite-ignore */ join(folder, "counter/build/counter.contract.mts"));
  const plugin = await load(Counter as Contract, wasm);
  const call = plugin.call as Record<string, (...args: unknown[]) => Promise<unknown>>;
  expect(await call.add!("a", [1, 2])).toEqual({ total: 2n, last: "a" });
  await plugin.close();
  const [pointer] = WebAssembly.Module.customSections(new WebAssembly.Module(wasm), "sourceMappingURL");
  expect(new TextDecoder().decode(pointer).slice(1)).toBe("./counter.wasm.map");
  const map = JSON.parse(readFileSync(join(folder, "counter/build/counter.wasm.map"), "utf8"));
  expect(map.sources).toContain("plugin.ts");
});

it("writes types that are those of the contract, for all that can cross", async () => {
  const echo = join(root, "test/guests/transform/echo.ts");
  expect((await command(["build", echo, "--debug", "--out", "typed/build", "--quiet"])).exit).toBe(0);
  const [stem = ""] = made("typed/build").map((file) => file.split(".")[0]);
  write(
    "typed/host.ts",
    `import { load } from "moult";
import type * as types from "./build/${stem}.js";
import { Plugin } from "./build/${stem}.contract.mjs";
const { call } = await load(Plugin, "file:///nowhere");
type Plain = Omit<types.Plugin, "echoOptionTwice">;
export const one: Plain = call;
export const other: Omit<typeof call, "echoOptionTwice"> = {} as Plain;
// @ts-expect-error
call.echoU64(1);
`,
  );
  write(
    "typed/tsconfig.json",
    JSON.stringify({
      extends: join(root, "tsconfig.base.json"),
      compilerOptions: {
        composite: false,
        noEmit: true,
        allowImportingTsExtensions: true,
        paths: { moult: [join(root, "host/mod.ts")], zod: [join(root, "node_modules/zod/index.d.ts")] },
      },
      files: ["host.ts"],
    }),
  );
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const checked = promisify(execFile)(process.execPath, [tsc, "-p", join(folder, "typed")]);
  expect(await checked.catch(({ stdout }: { stdout: string }) => stdout)).toEqual({ stdout: "", stderr: "" });
  // Editors show what the author called a parameter; so do errors.
  const shown = "export const wrong: 0 = call.echoMaybes;\n";
  write("typed/host.ts", `${readFileSync(join(folder, "typed/host.ts"), "utf8")}${shown}`);
  const said = await promisify(execFile)(process.execPath, [tsc, "-p", join(folder, "typed")]).catch(
    ({ stdout }: { stdout: string }) => stdout,
  );
  expect(said).toContain(
    "Type '(value: (string | undefined)[]) => Promise<(string | undefined)[]>' is not assignable to type '0'",
  );
  const wasm = readFileSync(join(folder, `typed/build/${stem}.wasm`));
  const { Plugin } = await import(/* @vite-ignore */ join(folder, `typed/build/${stem}.contract.mts`));
  await (await load(Plugin as Contract, wasm)).close();
});

it("tells its result as JSON", async () => {
  counter("json");
  const { exit, out, err } = await command(["build", "json", "--debug", "--json", "--out", "elsewhere"]);
  const said = JSON.parse(out);
  expect(said).toMatchObject({
    ok: true,
    name: "@acme/json",
    version: "1.2.0",
    interface: "acme:things/counter@1.2.0",
    optimize: "debug",
    component: false,
    folder: "elsewhere",
    warnings: [],
  });
  expect(said.bytes).toBe(readFileSync(join(folder, "elsewhere/json.wasm")).length);
  expect(said.state).toMatch(/^[0-9a-f]{64}$/);
  expect([exit, err]).toEqual([0, ""]);
});

it("replaces files whole, and leaves none beside them when it cannot", async () => {
  counter("blocked");
  mkdirSync(join(folder, "blocked/build/blocked.wit"), { recursive: true });
  const { exit, err } = await command(["build", "blocked", "--debug"]);
  expect(exit).toBe(1);
  expect(err).toMatch(/^error: could not write to .*blocked.build: E[A-Z]+: .*blocked\.wit'\n$/);
  expect(made("blocked/build")).not.toContain("blocked.wasm");
  expect(made("blocked/build").filter((name) => name.endsWith(String(process.pid)))).toEqual([]);
  write("inTheWay", "a file");
  expect((await command(["build", "blocked", "--debug", "--out", "inTheWay"])).err).toMatch(
    /^error: could not write to /,
  );
});

it("tells errors with the author's line, and what to write instead", async () => {
  counter(
    "wrong",
    'import { a } from "./other.js";\nexport function f(): void {\n  for (const x of [1]) {}\n}\n',
  );
  write("wrong/other.ts", "export const a = 1;\n");
  const { exit, out, err } = await command(["build", "wrong"]);
  expect({ exit, out, err }).toEqual({
    exit: 1,
    out: "",
    err: `\
wrong/plugin.ts:1:19 error TS6054: File 'other.js.ts' not found.
1 | import { a } from "./other.js";
                      ^^^^^^^^^^^^
hint: imports name sources here: write "./name" for name.ts

error: could not build wrong: 1 error
`,
  });
  expect(existsSync(join(folder, "wrong/build"))).toBe(false);
  write("wrong/plugin.ts", "export function f(): void {\n  for (const x of [1]) {}\n}\n");
  const json = await command(["build", "wrong", "--json"]);
  expect(json.exit).toBe(1);
  expect(JSON.parse(json.out)).toEqual({
    ok: false,
    name: "wrong",
    error: "could not build wrong: 1 error",
    diagnostics: [
      {
        category: "error",
        code: "AS100",
        message: "Not implemented: Iterators",
        file: "wrong/plugin.ts",
        line: 2,
        column: 3,
        frame: "2 |   for (const x of [1]) {}\n      ^^^^^^^^^^^^^^^^^^^^^^^",
        hint: expect.stringMatching(/^write for \(let i = 0;/),
      },
    ],
  });
});

it("exits with 2 when it is asked wrongly", async () => {
  const both = await command(["build", "counter", "--debug", "--release"]);
  expect(both).toEqual({
    exit: 2,
    out: "",
    err: "error: could not build for both: say --release or --debug\n",
  });
  expect((await command(["build", "nowhere"])).exit).toBe(2);
  counter("unconfigured");
  write("unconfigured/asconfig.json", '{ "options": { "stackSize": "big" } }');
  const { exit, err } = await command(["build", "unconfigured"]);
  expect(exit).toBe(2);
  expect(err).toContain(
    "asconfig.json:\n✖ Invalid input: expected number, received string\n  → at options.stackSize\n",
  );
});

it("heeds how asconfig.json wants code compiled, nearest first, and passes over the rest", async () => {
  write(
    "config/asconfig.json",
    JSON.stringify({
      extends: "./base/as.json",
      targets: { release: { optimizeLevel: 2, outFile: "x.wasm" }, debug: { debug: true, optimizeLevel: 1 } },
      options: {
        transform: ["moult/transform", "./mine.mjs"],
        enable: ["simd"],
        importMemory: false,
        noAssert: false,
      },
    }),
  );
  write(
    "config/base/as.json",
    JSON.stringify({
      options: { stackSize: 4096, noAssert: true, converge: true, enable: "threads,gc", path: ["lib"] },
    }),
  );
  const transform = ["--transform", join(folder, "config/mine.mjs")];
  const path = ["--path", join(folder, "config/base/lib")];
  const debug = ["--enable", "simd,threads,gc", ...transform, "--stackSize", "4096", ...path];
  const files = ["config/asconfig.json", "config/base/as.json"].map((file) => join(folder, file));
  expect(await asconfig(join(folder, "config"), "debug")).toEqual({ asc: debug, files });
  const release = ["--optimizeLevel", "2", "--enable", "simd,threads,gc", ...transform, "--converge"];
  expect((await asconfig(join(folder, "config"), "release")).asc).toEqual([
    ...release,
    "--stackSize",
    "4096",
    ...path,
  ]);
  expect(await asconfig(folder, "release")).toEqual({ asc: [], files: [join(folder, "asconfig.json")] });
});

it("builds again when a file is saved, after an error too, until Ctrl-C", async () => {
  counter("watched", 'export { f } from "./part";\n');
  const abort = new AbortController();
  const saved = join(folder, "watched");
  const done = command(["build", "watched", "--debug", "--watch", "--json"], abort.signal);
  const wasm = join(saved, "build/watched.wasm");
  const until = async (there: () => boolean) => {
    while (!there()) await new Promise((resolve) => setImmediate(resolve));
  };
  write("watched/part.ts", "export function f(): i32 { return 1; }\n");
  await until(() => existsSync(wasm));
  const first = readFileSync(wasm);
  write("watched/part.ts", "export function f(): i32 { return 2; }\n");
  await until(() => !readFileSync(wasm).equals(first));
  abort.abort();
  expect((await done).exit).toBe(130);
});

const jco = [root, join(root, ".ci-jco")]
  .map((place) => join(place, "node_modules"))
  .find((place) => existsSync(join(place, "@bytecodealliance/jco/package.json")));
const HOW = "npm install --no-save --no-package-lock --prefix .ci-jco @bytecodealliance/jco@1.35.0";

it.skipIf(jco === undefined)(`makes a component, which jco runs (${HOW})`, async () => {
  counter(
    "part",
    `import { capability, imported, log } from "moult/guest";

@capability("acme:things/prices@1.0.0")
class Prices {
  static of(name: string): u32 {
    return imported<u32>();
  }
}
let started = 0;
export function start(): void {
  started++;
}

${COUNTER}
export function price(names: Map<string, u32>): string[] {
  const all: string[] = [];
  for (let i = 0; i < names.size; i++) {
    const name = names.keys()[i];
    all.push(name + "=" + (Prices.of(name) * names.get(name) * started).toString());
  }
  if (all.length == 0) log.warn("nothing");
  return all;
}
export function fail(): void {
  throw new Error("no");
}
`,
  );
  cpSync(join(folder, "part"), join(folder, "inner"), { recursive: true });
  symlinkSync(jco as string, join(folder, "inner/node_modules"), "junction");
  const { exit, out, err } = await command(["build", "inner", "--component"]);
  expect(err).toMatch(/^@acme\/part 1\.2\.0 built for release in [\d,]+ ms\n$/);
  expect(out).toMatch(/^ {2}inner\/build\/part\.component\.wasm +[\d,]+ bytes, [\d,]+ with gzip\n$/);
  expect(exit).toBe(0);
  const { transpile } = await import(
    /* @vite-ignore */ pathToFileURL(join(jco as string, "@bytecodealliance/jco/dist/api.js")).href
  );
  const binary = readFileSync(join(folder, "inner/build/part.component.wasm"));
  const { files } = await transpile(binary, { name: "part", instantiation: { tag: "async" } });
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, "inner/js", name, ".."), { recursive: true });
    writeFileSync(join(folder, "inner/js", name), content as Uint8Array);
  }
  const { instantiate } = await import(
    /* @vite-ignore */ pathToFileURL(join(folder, "inner/js/part.js")).href
  );
  const said: unknown[] = [];
  const { counter: part } = await instantiate(
    (path: string) => WebAssembly.compile(readFileSync(join(folder, "inner/js", path))),
    {
      "acme:things/prices": { of: (name: string) => name.length },
      "moult:log/log": { write: (...line: unknown[]) => said.push(line) },
    },
  );
  expect(part.add("ä €", new Float64Array(3))).toEqual({ total: 3n, last: "ä €" });
  expect(part.add("b", new Float64Array(2))).toEqual({ total: 5n, last: "b" });
  expect(
    part.price([
      ["tea", 2],
      ["coffee", 3],
    ]),
  ).toEqual(["tea=6", "coffee=18"]);
  expect(part.price([])).toEqual([]);
  expect(said).toEqual([["warn", "nothing"]]);
  expect(() => part.fail()).toThrow(WebAssembly.RuntimeError);
});

it("says what to install when there is no jco", async () => {
  counter("alone");
  const { exit, err } = await command(["build", "alone", "--component", "--debug"]);
  if (existsSync(join(root, "node_modules/@bytecodealliance/jco"))) return expect(exit).toBe(0);
  expect({ exit, err }).toEqual({
    exit: 1,
    err:
      "error: could not make a component: @bytecodealliance/jco is not installed\n" +
      "hint: npm install --save-dev @bytecodealliance/jco\n",
  });
});
