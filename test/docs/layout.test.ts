import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { cycles, importsOf, nodeGlobals, outward, type Tree, tooLong, upward } from "./layout.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const FOLDERS = ["abi", "host", "demo", "wasm-plugins", "scripts", "bench"];
/** Tests lie beside examples; vectors are data; templates become the files of others. */
const OTHERS = /\.test\.ts$|^abi\/vectors\/|^host\/cli\/templates\//;
const house = read();

it("points every import inward", () => {
  expect(outward(house, onNode())).toEqual([]);
});

it("points every import of the loader down its tower, types too, and knows generations by their interface", () => {
  expect(upward(house)).toEqual([]);
});

it("has no circle of imports, of types neither", () => {
  expect(cycles(house)).toEqual([]);
});

it("uses nothing of Node where code runs everywhere", () => {
  expect(nodeGlobals(house, onNode())).toEqual([]);
});

it("has no file that is too long", () => {
  expect(tooLong(house)).toEqual([]);
});

it("finds an import that points outward", () => {
  const tree: Tree = new Map([
    ["abi/type.ts", 'import type { Plugin } from "../host/plugin.ts";\n'],
    ["abi/state/avro/decode.ts", '/** import x from "fs" */\nimport avsc from "avsc";\n'],
    ["abi/guest/log.ts", 'export { build } from "../transform/build";\n'],
    ["abi/transform/build.ts", 'import "assemblyscript/asc";\nimport { load } from "../../host/mod.ts";\n'],
    ["host/load.ts", 'import {\n  readFile,\n  stat,\n} from "node:fs/promises";\n'],
    ["host/module/read-node.ts", 'import { readFile } from "node:fs/promises";\n'],
    ["host/swap/swap.ts", 'export * from "../node/path.ts";\n'],
    ["host/node/store.ts", 'import { Gate } from "../gate.ts";\nimport { load } from "../mod.ts";\n'],
    ["host/guest/adapter.ts", 'import { assemblyscript } from "./assemblyscript/mod.ts";\n'],
    ["host/guest/v1/instance.ts", 'import "@assemblyscript/loader";\n'],
    ["demo/main.ts", 'const { load } = await import("../host/mod.ts");\n'],
    ["wasm-plugins/counter/v1.ts", 'import { state } from "moult/guest";\nimport { load } from "moult";\n'],
    ["tools/x.ts", "\n"],
  ]);
  expect(outward(tree, ["host/module/read-node.ts"])).toEqual([
    "abi/type.ts imports host/plugin.ts",
    "abi/state/avro/decode.ts imports avsc",
    "abi/guest/log.ts imports abi/transform/build.ts",
    "abi/transform/build.ts imports host/mod.ts",
    "host/load.ts imports node:fs/promises",
    "host/swap/swap.ts imports host/node/path.ts",
    "host/node/store.ts imports host/gate.ts",
    "host/guest/adapter.ts imports host/guest/assemblyscript/mod.ts",
    "host/guest/v1/instance.ts imports @assemblyscript/loader",
    "demo/main.ts imports host/mod.ts",
    "wasm-plugins/counter/v1.ts imports moult",
    "tools/x.ts lies in no folder that the rules know",
  ]);
});

it("finds an import that runs up the tower, one past an interface, and a file on no floor", () => {
  const tree: Tree = new Map([
    ["host/errors.ts", 'import type { Transition } from "./swap/swap.ts";\n'],
    ["host/contract/bindings.ts", 'import { title } from "../module/info.ts";\n'],
    ["host/contract/view.ts", 'import type { PluginModule } from "../module/module.ts";\n'],
    ["host/generation/generation.ts", 'import type { Link } from "../grant/link.ts";\n'],
    ["host/generation/near-generation.ts", 'import { Link } from "../grant/link.ts";\n'],
    ["host/swap/swap.ts", 'import type { Generation } from "../generation/generation.ts";\n'],
    ["host/swap/prepare.ts", 'import type { NearGeneration } from "../generation/near-generation.ts";\n'],
    ["host/durable/log.ts", 'import { run } from "../awaitable.ts";\nimport "../guest/guard.ts";\n'],
    ["host/helpers.ts", "\n"],
  ]);
  expect(upward(tree)).toEqual([
    "host/errors.ts (ground) imports host/swap/swap.ts (swap)",
    "host/contract/view.ts (contract) imports host/module/module.ts (module)",
    "host/generation/generation.ts (interfaces) imports host/grant/link.ts (grant)",
    "host/swap/prepare.ts imports host/generation/near-generation.ts, not its interface",
    "host/durable/log.ts imports host/guest/guard.ts, not its interface",
    "host/helpers.ts lies on no floor",
  ]);
});

it("finds a circle, and one of types alone", () => {
  const tree: Tree = new Map([
    ["host/a.ts", 'import { b } from "./b.ts";\n'],
    ["host/b.ts", 'import { d } from "./d.ts";\nexport { c } from "./c.ts";\n'],
    ["host/c.ts", 'import { a } from "./a.ts";\n'],
    ["host/d.ts", 'import type { E } from "./e.ts";\n'],
    ["host/e.ts", 'import type { D } from "./d.ts";\n'],
  ]);
  expect(cycles(tree)).toEqual([
    "host/d.ts -> host/e.ts -> host/d.ts",
    "host/a.ts -> host/b.ts -> host/c.ts -> host/a.ts",
  ]);
});

it("finds a global of Node's, and a file of 301 lines", () => {
  const tree: Tree = new Map([
    ["host/module/read.ts", " * process.env in a comment is fine\nconst home = process.env.HOME;\n"],
    ["host/module/read-node.ts", "const home = process.env.HOME;\n"],
    ["host/long.ts", "\n".repeat(301)],
    ["host/longest.ts", "\n".repeat(300)],
  ]);
  expect(nodeGlobals(tree, ["host/module/read-node.ts"])).toEqual(["host/module/read.ts uses process"]);
  expect(tooLong(tree)).toEqual(["host/long.ts has 301 lines"]);
});

/** All source files of the house; tests lie beside examples, and are none, nor are what a template makes. */
function read(): Tree {
  const tree = new Map<string, string>();
  for (const folder of FOLDERS) {
    for (const path of paths(folder)) {
      if (/\.m?ts$|\.mjs$/.test(path) && !OTHERS.test(path))
        tree.set(path, readFileSync(join(root, path), "utf8"));
    }
  }
  return tree;
}

/** All files of a folder, but what was installed or built. */
function paths(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries
    .filter(({ name }) => name !== "node_modules" && name !== "dist")
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? paths(path) : [path];
    })
    .sort();
}

/** Rooms that run in Node alone. */
const NODES = /^host\/(cli|dashboard|dev|grpc|node|oci|testing|vite)\//;

/** The files that `package.json` gives to Node only, and those beside them that only these and rooms of Node import. */
function onNode(): string[] {
  const { imports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    imports: Record<string, { "moult-source": { node: string } }>;
  };
  const given = Object.values(imports).map((each) => each["moult-source"].node.slice(2));
  const named = [...house.keys()].filter((path) => /^host\/remote\/.+-node\.ts$/.test(path));
  const importers = (path: string) =>
    [...house].flatMap(([from, text]) =>
      importsOf(from, text).some(({ to }) => to === path) && !named.includes(from) && !NODES.test(from)
        ? [from]
        : [],
    );
  return [...new Set([...given, ...named.filter((path) => importers(path).length === 0)])];
}
