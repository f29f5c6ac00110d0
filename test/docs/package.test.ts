/**
 * The package as strangers get it: packed, installed outside of the repository, and used as documents say. More of them are
 * followed in `setup.test.ts`, with npm.
 */
import { existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, inject, it } from "vitest";
import { there, title } from "../oci/docker-registry.ts";
import { type Stranger, stranger } from "./stranger.ts";

const packed = inject("packed");
const strangers: Stranger[] = [];

afterAll(async () => {
  for (const each of strangers) await each.leave();
});

it("does what the page about building says", { timeout: 300_000 }, async () => {
  await (await arrive()).follow("docs/building.md");
});

it.skipIf(!there)(
  `does what the page about registries says, with ${title}`,
  { timeout: 300_000 },
  async () => {
    await (await arrive()).follow("docs/distribution.md");
  },
);

it("does what the page about embedding says", { timeout: 300_000 }, async () => {
  const one = await arrive();
  await one.follow("docs/embedding.md");
  await rm(join(one.folder, "dist", "guest-thread.mjs"));
  await expect(one.type("node dist/apart.mjs")).rejects.toThrow(
    /\[unavailable\] could not start a thread for .*visits-1\.wasm: there is no .*dist.guest-thread\.mjs: bundle node_modules\/moult\/dist\/bundle\/guest-thread\.js/,
  );
});

it("does what the page about gRPC says", { timeout: 300_000 }, async () => {
  await (await arrive()).follow("docs/grpc.md");
});

it("does what the page about keyed instances says", { timeout: 300_000 }, async () => {
  await (await arrive()).follow("docs/keyed.md");
});

// Each is built, checked, tested and released, which takes most of a minute: `MOULT_EVERY_PLUGIN=1` for both.
it.each(process.env.MOULT_EVERY_PLUGIN ? ["log-handler", "empty"] : ["log-handler"])(
  "makes a plugin of %s that is green",
  { timeout: 300_000 },
  async (name) => {
    const one = await arrive();
    await one.type(`npx moult new ${name}-plugin --template ${name}`);
    const inside = { folder: `${name}-plugin` };
    const printed = await one.type("npm test", inside);
    expect(printed).toMatch(/Tests +\d+ passed \(\d+\)/);
    for (const script of ["check", "types", "build"]) await one.type(`npm run ${script}`, inside);
    await one.type("npx moult test --release", inside);
    expect(await readdir(join(one.folder, `${name}-plugin`, "test", "released"))).toEqual(["1.0.0.avro"]);
    await one.type("npm test", inside);
  },
);

it.each([
  ["of npm 11", "commonjs"],
  ["of npm 10", undefined],
  ["of modules", "module"],
])("writes a contract that a package %s imports, requires and type-checks", async (_, type) => {
  const one = await arrive();
  await one.write("package.json", JSON.stringify({ name: "mine", version: "1.0.0", type }));
  await one.write(
    "visits/package.json",
    JSON.stringify({ name: "visits", moult: { interface: "a:b/counter@1.0.0" } }),
  );
  await one.write("visits/plugin.ts", "export function twice(x: u32): u32 { return x * 2; }\n");
  await one.type("npx moult build visits --out server");
  const host = `import { readFileSync } from "node:fs";
import { load } from "moult";
import { Counter } from "./visits.contract.mjs";
const main = async () => {
  const plugin = await load(Counter, readFileSync("server/visits.wasm"));
  console.log(await plugin.call.twice(21));
  await plugin.close();
};
void main();
`;
  const required = host.replace(/^import (.*) from (.*);$/gm, "const $1 = require($2);");
  await one.write("server/host.mjs", host);
  await one.write("server/host.cjs", required);
  await one.write("server/host.js", type === "module" ? host : required);
  for (const file of ["host.mjs", "host.cjs", "host.js"]) {
    expect(await one.type(`node --no-warnings server/${file}`), file).toBe("42\n");
  }
  // A wrong use shows that there are types to be wrong about.
  const wrong = '  // @ts-expect-error\n  plugin.call.twice("21");\n  await plugin.close();';
  const typed = host.replace("  await plugin.close();", wrong);
  for (const file of ["typed.ts", "typed.mts", "typed.cts"]) await one.write(`server/${file}`, typed);
  const options = "--strict --noEmit --target es2022 --skipLibCheck --types node";
  for (const file of ["typed.ts", "typed.mts", "typed.cts"]) {
    await one.type(`npx tsc ${options} --module nodenext server/${file}`);
  }
  await one.type(`npx tsc ${options} --module esnext --moduleResolution bundler server/typed.ts`);
});

it("holds what users need, and nothing else", async () => {
  const names = await readdir(packed, { recursive: true });
  const files = names
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => /\.[a-z]+$|^LICENSE$/.test(name));
  expect(new Set(files.map((file) => file.replace(/\/.*/, "")))).toEqual(
    new Set([
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "abi",
      "asconfig.json",
      "dist",
      "docs",
      "guest.ts",
      "host",
      "package.json",
      "schema.json",
    ]),
  );
  expect(files).toEqual(expect.arrayContaining(["abi/README.md", "abi/moult.wit", "abi/guest/types.d.ts"]));
  // The templates have tests, which are their reader's.
  const ours = files.filter((file) => !file.startsWith("host/cli/templates/"));
  expect(
    ours.filter((file) =>
      /(^|\/)(demo|test|vectors|wasm-plugins)\/|\.test\.|tsbuildinfo|tsconfig/.test(file),
    ),
  ).toEqual([]);
  const stored = names.map((name) => name.replaceAll("\\", "/"));
  for (const name of ["_gitignore", "_package.json", "_vscode/settings.json", "test/_tsconfig.json"]) {
    expect(stored).toContain(`host/cli/templates/base/${name}`);
  }
  // Of what is built there are the types, and the entries with what they share: nothing twice.
  const built = files.filter((file) => file.startsWith("dist/"));
  expect(built.filter((file) => !/^dist\/bundle\/[a-z\d-]+\.js(\.map)?$|\.d\.ts$/.test(file))).toEqual([]);
  expect(built.length).toBeGreaterThan(200);
});

it("has source maps that lead to sources which are there", async () => {
  const folder = join(packed, "dist", "bundle");
  const maps = (await readdir(folder)).filter((name) => name.endsWith(".map"));
  expect(maps.length).toBeGreaterThan(10);
  const sources = await Promise.all(
    maps.map(async (name) => JSON.parse(await readFile(join(folder, name), "utf8")).sources as string[]),
  );
  expect(sources.flat().length).toBeGreaterThan(200);
  // What is in a bundle of another package is not in ours.
  const ours = sources.flat().filter((path) => !path.includes("/node_modules/"));
  for (const path of ours) expect(existsSync(join(folder, path)), path).toBe(true);
});

it("loads, of an entry, one file with what it shares and not what comes later, and nothing of Node's where there is no Node", async () => {
  const { exports, imports } = JSON.parse(await readFile(join(packed, "package.json"), "utf8"));
  const loaded = async (entry: string, condition: "node" | "default") => {
    const files = new Set([exports[entry].default as string]);
    const packages = new Set<string>();
    for (const file of files) {
      const text = await readFile(join(packed, file), "utf8");
      for (const [, to = ""] of text.matchAll(/^(?:import|export) (?:[^"]* from )?"([^"]+)";$/gm)) {
        if (to.startsWith("#")) files.add(imports[to][condition]);
        else if (to.startsWith("./")) files.add(`./dist/bundle/${to.slice(2)}`);
        else packages.add(to);
      }
    }
    return { files: [...files].map((file) => file.slice("./dist/bundle/".length)), packages: [...packages] };
  };
  const platform = ["async-context", "read", "sha256", "text"].map((name) => `${name}-node.js`);
  const shared = ["base.js", "core.js", "plugin.js", ...platform];
  for (const [entry, own] of [
    [".", ["moult.js", "front.js"]],
    ["./abi", ["abi.js", "state.js", "snapshot.js", "recording.js", "crossing.js"]],
  ] as const) {
    expect((await loaded(entry, "node")).files.sort()).toEqual([...shared, ...own].sort());
    const { files, packages } = await loaded(entry, "default");
    expect(files.sort()).toEqual([...shared.map((name) => name.replace("-node", "")), ...own].sort());
    expect(packages.filter((name) => name.startsWith("node:"))).toEqual([]);
  }
  for (const entry of Object.keys(exports).filter((each) => exports[each].default?.endsWith(".js"))) {
    const { files } = await loaded(entry, "node");
    expect(files.length, entry).toBeLessThan(25);
    // Servers and their callers come with the entries that are about them.
    const isFar = ["./remote", "./release", "./keyed", "./nats", "./grpc", "./dashboard"].includes(entry);
    expect(files.includes("far.js"), entry).toBe(isFar);
  }
});

it("refuses a swap whose part is not there, serves on, and swaps when it is", async () => {
  const one = await arrive();
  const part = join(one.folder, "node_modules", "moult", "dist", "bundle", "undertakings.js");
  await one.write("counter/package.json", '{ "name": "counter", "version": "1.0.0" }');
  await one.write("counter/plugin.ts", "export function twice(x: u32): u32 { return x * 2; }\n");
  await one.type("npx moult build counter --out .");
  await one.write(
    "swap.mjs",
    `import { readFileSync, renameSync } from "node:fs";
import { load } from "moult";

const bytes = readFileSync("counter.wasm");
const plugin = await load(bytes);
const part = ${JSON.stringify(part)};
renameSync(part, part + ".away");
const { code, message } = await plugin.swap(bytes).catch((error) => error);
const served = plugin.callSync.twice(21);
renameSync(part + ".away", part);
const { outcome } = await plugin.swap(bytes);
console.log(JSON.stringify({ code, message, served, outcome, generation: plugin.generation }));
await plugin.close();
`,
  );
  const { message, ...rest } = JSON.parse(await one.type("node swap.mjs"));
  expect(rest).toEqual({ code: "unavailable", served: 42, outcome: "swapped", generation: 2 });
  expect(message).toMatch(
    /^\[unavailable\] could not swap counter: a part of moult that it takes could not be loaded: .*undertakings\.js.*; it is asked for again the next time$/,
  );
});

it("has each class once, whatever entry it comes by", async () => {
  const one = await arrive();
  await one.write(
    "once.mjs",
    `import { load, PluginError } from "moult";
import { AbiError, readSnapshot } from "moult/abi";
import { compiler } from "moult/dev";
import { directoryStore } from "moult/node";
import { loadPlugin } from "moult/testing";
import { build, BuildError } from "moult/transform";

const thrown = (work) => work().then(() => undefined, (error) => error);
const threads = compiler();
const found = {
  file: (await thrown(() => load(new URL("none.wasm", import.meta.url)))) instanceof PluginError,
  module: (await thrown(() => load(new Uint8Array(8)))) instanceof PluginError,
  plugin: (await thrown(() => loadPlugin(new Uint8Array(8)))) instanceof PluginError,
  store: (await thrown(async () => directoryStore(".").open())) instanceof PluginError,
  snapshot: (await thrown(async () => readSnapshot(new Uint8Array(8)))) instanceof AbiError,
  build: (await thrown(() => build("none.ts"))) instanceof BuildError,
  thread: (await thrown(() => threads.build("none.ts"))) instanceof BuildError,
};
await threads.close();
console.log(JSON.stringify(found));
`,
  );
  expect(JSON.parse(await one.type("node once.mjs"))).toEqual({
    file: true,
    module: true,
    plugin: true,
    store: true,
    snapshot: true,
    build: true,
    thread: true,
  });
});

it("shows, of durable plugins, code whose types hold", async () => {
  const one = await arrive();
  const page = await readFile(new URL("../../docs/durable.md", import.meta.url), "utf8");
  const shown = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, text]) => text);
  expect(shown).toHaveLength(3);
  const before = `import { contract } from "moult";
import { z } from "zod";
const Counter = contract("a:b/counter@1", { add: { params: [z.uint32()], returns: z.uint64() } });
const source = new URL("./counter.wasm", import.meta.url);
`;
  await one.write("durable.mts", [before, ...shown].join("\n"));
  await one.type("npx tsc --strict --noEmit --target es2022 --module nodenext durable.mts");
});

it("asks for vitest in the one way that npm 10 can install", async () => {
  // With a range among the peers, npm 10 ends where no vitest is installed: "Cannot read properties of null (reading
  // 'edgesOut')". What is only in peerDependenciesMeta is an optional peer of any version, to pnpm and yarn too.
  const { peerDependencies, peerDependenciesMeta } = JSON.parse(
    await readFile(join(packed, "package.json"), "utf8"),
  );
  expect(peerDependencies).not.toHaveProperty("vitest");
  expect(peerDependenciesMeta.vitest).toEqual({ optional: true });
});

it("has types for every entry that hold under a strict check, libraries included", async () => {
  const one = await arrive();
  await one.write(
    "entries.mts",
    `import { capability, load, type Plugin } from "moult";
import { AbiError, readManifest, readSnapshot, v1 } from "moult/abi";
import { fileSource, folder } from "moult/node";
import { loadAll, type PluginSet } from "moult/set";
import { expectReleased, expectUpgrade, fakeClock, fakeRandom, loadPlugin, recordedLog } from "moult/testing";
import { type Build, build } from "moult/transform";

export const quiet = capability("acme:quiet/sink@1", { write: { params: [], kind: "post" } }, () => ({ write: () => {} }));
export const made: Promise<Build> = build(fileSource("plugin.ts"));
export const loaded: Promise<Plugin> = made.then(({ wasm }) => load(wasm, { grant: [quiet] }));
export const together: Promise<PluginSet> = loadAll(folder("plugins"), { permit: () => ({ grant: [quiet] }) });
export const testing = [expectReleased, expectUpgrade, fakeClock, fakeRandom, loadPlugin, recordedLog] as const;
export const rest = [AbiError, readManifest, readSnapshot, v1.MARKER] as const;
`,
  );
  await one.type("npx tsc --strict --noEmit --target es2022 --module nodenext entries.mts");
  await one.type(
    "npx tsc --strict --noEmit --target es2022 --module esnext --moduleResolution bundler entries.mts",
  );
});

it("has types that a program for Node needs no DOM for, and checks", async () => {
  const one = await arrive();
  await one.write(
    "server.mts",
    `import * as abi from "moult/abi";
import { contract, examine, load, type Plugin } from "moult";
import * as dev from "moult/dev";
import * as node from "moult/node";
import * as set from "moult/set";
import * as transform from "moult/transform";
import { z } from "zod";

const Counter = contract("acme:visits/counter@1", { total: { params: [], returns: z.uint64() } });
const { code } = await examine(new Uint8Array());
export const counter: Plugin<typeof Counter> = await load(Counter, code);
// @ts-expect-error a number is no source
await load(Counter, 1);
export const rest = [abi, dev, node, set, transform] as const;
`,
  );
  const lib = "--strict --noEmit --target es2022 --lib es2022 --types node";
  await one.type(`npx tsc ${lib} --module nodenext server.mts`);
  await one.type(`npx tsc ${lib} --module esnext --moduleResolution bundler server.mts`);
});

async function arrive(): Promise<Stranger> {
  const one = await stranger(packed);
  strangers.push(one);
  return one;
}
