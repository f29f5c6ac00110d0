/** Plugins that are found: in a folder, and among packages that npm installed. Whatever lies there may be hostile. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { folder, packages } from "../../host/node/mod.ts";
import { loadAll } from "../../host/set/mod.ts";
import { Base, guest } from "../dependency/guest.ts";
import { refused } from "../faults/guest.ts";

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "moult-found-")));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, content: string | Uint8Array | object): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  const plain = typeof content === "object" && !(content instanceof Uint8Array);
  writeFileSync(file, plain ? JSON.stringify(content) : content);
}

const said = async (work: Promise<unknown>) => (await refused(work)).replaceAll(root, "ROOT");
const all = () => ({ uses: true as const });

describe("in a folder", () => {
  test("modules are found by their names, and permit decides what each may do", async () => {
    write("plugins/b-leaf.wasm", await guest("leaf"));
    write("plugins/a-base.wasm", await guest("base"));
    write("plugins/notes.txt", "not a plugin");
    write("plugins/old.wasm/base.wasm", "in a folder of its own");
    const found = folder(join(root, "plugins"));
    expect((await found).map(({ source }) => String(source).replace(/.*\//, ""))).toEqual([
      "a-base.wasm",
      "b-leaf.wasm",
    ]);
    expect(await said(loadAll(found))).toContain(
      "[unresolved] could not load the plugins: leaf 1.0.0 asks for",
    );
    await using set = await loadAll(folder(pathToFileURL(`${root}/plugins/`)), { permit: all });
    expect(await set.get("leaf").call.add!(4)).toBe(4);
    expect(set.get("base").as(Base).callSync.total()).toBe(4);
  });

  test("a folder that is not there, or too full, is named", async () => {
    write("plugins/a.wasm", "");
    write("plugins/b.wasm", "");
    expect(await said(folder(join(root, "none")))).toBe(
      "[not-found] could not use the plugins in ROOT/none: there is no such folder",
    );
    expect(await said(folder(join(root, "plugins/a.wasm")))).toContain("it cannot be read as a folder");
    expect(await said(folder(join(root, "plugins"), { most: 1 }))).toBe(
      "[unresolved] could not use the plugins in ROOT/plugins: found 2 modules, wanted at most 1 (the option most)",
    );
  });

  test("a link that leads out of it is refused, whatever it leads to", async () => {
    write("secret.wasm", await guest("base"));
    mkdirSync(join(root, "plugins"));
    symlinkSync("../secret.wasm", join(root, "plugins", "base.wasm"));
    expect(await said(folder(join(root, "plugins")))).toBe(
      "[unresolved] could not use the plugins in ROOT/plugins: base.wasm leads out of its folder",
    );
    rmSync(join(root, "plugins/base.wasm"));
    symlinkSync("gone.wasm", join(root, "plugins", "base.wasm"));
    expect(await said(folder(join(root, "plugins")))).toContain("base.wasm is not there");
  });
});

const npm = (folder: string, ...args: string[]) =>
  execFileSync("npm", [...args, "--offline", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: join(root, folder),
    encoding: "utf8",
    shell: process.platform === "win32",
  });

describe("among packages", () => {
  test("those that npm packed and installed are found, with what they depend on, and called", async () => {
    write("base/package.json", {
      name: "@acme/base",
      version: "1.0.0",
      exports: { ".": "./build/base.wasm", "./package.json": "./package.json" },
      files: ["build"],
      moult: { interface: "test:dependencies/base@1.0.0", plugin: "./build/base.wasm", reads: ["total"] },
    });
    write("base/build/base.wasm", await guest("base"));
    write("leaf/package.json", {
      name: "acme-leaf",
      version: "1.0.0",
      exports: { ".": "./leaf.wasm" },
      peerDependencies: { "@acme/base": "^1.0.0" },
      moult: { plugin: "./leaf.wasm" },
    });
    write("leaf/leaf.wasm", await guest("leaf"));
    write("plain/package.json", { name: "plain", version: "1.0.0" });
    write("app/package.json", { name: "app", version: "1.0.0", type: "module" });
    write("app/src/main.mjs", "");
    for (const each of ["base", "leaf", "plain"]) npm(each, "pack", "--pack-destination", join(root, "app"));
    npm("app", "install", "./acme-base-1.0.0.tgz", "./acme-leaf-1.0.0.tgz", "./plain-1.0.0.tgz");
    const here = pathToFileURL(join(root, "app/src/main.mjs"));
    const found = await packages(here.href);
    expect(found.map(({ package: name, reads, uses }) => [name, reads, uses])).toEqual([
      ["@acme/base", ["total"], []],
      ["acme-leaf", [], []],
    ]);
    await using set = await loadAll(packages(here), {
      permit: ({ package: name }) => (name === "@acme/base" || name === "acme-leaf" ? all() : false),
    });
    expect(await set.get("leaf").call.add!(5)).toBe(5);
  });

  const app = (dependencies: object, more: object = {}) =>
    write("app/package.json", { dependencies, ...more });
  const found = () => packages(join(root, "app"));

  test("what a plugin depends on is found beside it, inside it or above it, once, and links of npm are followed", async () => {
    app({ top: "*" }, { optionalDependencies: { "not-here": "*" } });
    write("app/node_modules/top/package.json", {
      dependencies: { inner: "*", base: "*" },
      moult: { plugin: "./top.wasm" },
    });
    write("app/node_modules/top/top.wasm", "");
    write("app/node_modules/top/node_modules/inner/package.json", {
      dependencies: { base: "1", top: "1" },
      moult: { plugin: "./i.wasm" },
    });
    write("app/node_modules/top/node_modules/inner/i.wasm", "");
    write("store/base/package.json", { moult: { plugin: "./base.wasm" } });
    write("store/base/base.wasm", "");
    symlinkSync(join(root, "store/base"), join(root, "app/node_modules/base"), "dir");
    expect((await found()).map(({ package: name }) => name)).toEqual(["top", "inner", "base"]);
  });

  const hostile: readonly (readonly [what: string, file: unknown, why: string])[] = [
    [
      "a module outside of it",
      { moult: { plugin: "./../../../secret.wasm" } },
      "its module ./../../../secret.wasm leads out of its folder",
    ],
    [
      "a link out of it",
      { moult: { plugin: "./link.wasm" } },
      "its module ./link.wasm leads out of its folder",
    ],
    ["a folder for a module", { moult: { plugin: "./folder.wasm" } }, "its module ./folder.wasm is no file"],
    ["no such module", { moult: { plugin: "./none.wasm" } }, "its module ./none.wasm is not there"],
    [
      "an absolute path",
      { moult: { plugin: "/etc/secret.wasm" } },
      'its moult.plugin is "/etc/secret.wasm", wanted the path of a module in it: "./places.wasm"',
    ],
    [
      "a URL",
      { moult: { plugin: "https://evil.test/a.wasm" } },
      'its moult.plugin is "https://evil.test/a.wasm", wanted the path of a module in it: "./places.wasm"',
    ],
    [
      "a path of Windows",
      { moult: { plugin: ".\\..\\a.wasm" } },
      'its moult.plugin is ".\\\\..\\\\a.wasm", wanted the path of a module in it: "./places.wasm"',
    ],
    [
      "another kind of path",
      { moult: { plugin: 5 } },
      'its moult.plugin is number, wanted the path of a module in it: "./places.wasm"',
    ],
    [
      "functions that are none",
      { moult: { plugin: "./evil.wasm", reads: "all" } },
      "its moult.reads is no list of functions",
    ],
    [
      "a dependency that is a path",
      { dependencies: { "../../secret": "*" } },
      'its dependencies name "../../secret", which is no package',
    ],
    [
      "a dependency with a dot",
      { peerDependencies: { ".hidden": "*" } },
      'its peerDependencies name ".hidden", which is no package',
    ],
    ["dependencies of another kind", { dependencies: ["a"] }, "its dependencies are no object"],
    ["no object", [], "its package.json holds no object"],
    ["no JSON", "{", "its package.json is not JSON: "],
    [
      "too much",
      `{"a": "${"a".repeat(2 ** 20)}"}`,
      "its package.json has 1048585 bytes, wanted at most 1048576",
    ],
  ];
  test.each(hostile)("a package with %s is refused by name", async (_, file, why) => {
    app({ evil: "*" });
    write("secret.wasm", await guest("base"));
    write("app/node_modules/evil/evil.wasm", "");
    write("app/node_modules/evil/folder.wasm/a", "");
    symlinkSync(join(root, "secret.wasm"), join(root, "app/node_modules/evil/link.wasm"));
    write("app/node_modules/evil/package.json", file as object);
    expect(await said(found())).toContain(`[unresolved] could not use the package evil: ${why}`);
  });

  test("a package.json that is a link out of its package is refused", async () => {
    app({ evil: "*" });
    write("other.json", { moult: { plugin: "./secret.wasm" } });
    mkdirSync(join(root, "app/node_modules/evil"), { recursive: true });
    symlinkSync(join(root, "other.json"), join(root, "app/node_modules/evil/package.json"));
    expect(await said(found())).toBe(
      "[unresolved] could not use the package evil: its package.json leads out of its folder",
    );
  });

  test("a dependency that is not installed is named, and so is a program without a package.json", async () => {
    app({ missing: "*" });
    expect(await said(found())).toBe(
      "[unresolved] could not use the package missing: it is not installed, and ROOT/app depends on it",
    );
    expect(await said(packages(join(root, "nowhere")))).toBe(
      "[not-found] could not find the packages of ROOT/nowhere: there is no package.json at or above it",
    );
  });
});
