import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ownSpec } from "../../host/cli/own-spec.ts";
import { settings } from "../../host/dev/settings.ts";
import { build } from "../kept/build.ts";
import { command } from "./command.ts";

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "moult-new-"));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const FILES = [
  ".gitignore",
  ".vscode/settings.json",
  "README.md",
  "package.json",
  "plugin-v1.ts",
  "plugin.ts",
  "test/contract.ts",
  "test/plugin.test.ts",
  "test/tsconfig.json",
  "tsconfig.json",
  "vitest.config.mjs",
];
const filesIn = async (folder: string) => {
  const entries = await readdir(join(cwd, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(cwd, folder).length + 1))
    .map((name) => name.replaceAll("\\", "/"))
    .sort();
};
const read = (path: string) => readFile(join(cwd, path), "utf8");

it("makes a plugin, says what it made, and what to do next", async () => {
  expect(await command(["new", "visits"], { cwd })).toEqual({
    exit: 0,
    out: `made visits, from the template log-handler:\n${FILES.map((name) => `  ${name}\n`).join("")}`,
    err:
      "\nNext:\n  cd visits\n  npm install\n  npm test\n  npm run dev\n\n" +
      "It asks npm for moult ^9.9.9. Where npm has none, make a tarball with `npm pack` in a clone\n" +
      "of moult, and say which: moult new NAME --moult file:PATH-FROM-THE-NEW-FOLDER.tgz\n",
  });
  expect(await filesIn("visits")).toEqual(FILES);
  expect(await readdir(cwd)).toEqual(["visits"]);
});

it.each(["log-handler", "empty"])(
  "makes a plugin of %s that builds, and leaves no blank unfilled",
  async (template) => {
    const { exit, out } = await command(["new", "plugins/page-views", "--template", template, "--json"], {
      cwd,
    });
    expect(exit).toBe(0);
    expect(JSON.parse(out)).toEqual({
      name: "page-views",
      folder: join(cwd, "plugins", "page-views"),
      template,
      files: FILES,
      next: ["cd plugins/page-views", "npm install", "npm test", "npm run dev"],
    });
    for (const name of FILES) expect(await read(`plugins/page-views/${name}`), name).not.toContain("{{");
    const { warnings, manifest } = await build(join(cwd, "plugins/page-views/plugin.ts"));
    expect(warnings).toEqual([]);
    expect(manifest).toMatchObject({ name: "page-views", version: "1.0.0" });
    expect(manifest.interface).toBe(
      template === "empty" ? "my:page-views/plugin@1.0.0" : "demo:logs/handler@1.0.0",
    );
    expect(manifest.state?.migrations).toHaveLength(1);
  },
);

it("asks for the packages that moult itself is tested with, and for the moult that runs", async () => {
  const own = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
  await command(["new", "visits"], { cwd });
  const made = JSON.parse(await read("visits/package.json"));
  const { moult, ...rest } = made.devDependencies;
  expect(moult).toBe("^9.9.9");
  const tested = Object.keys(rest).map((name) => [name, `^${own.devDependencies[name]}`]);
  expect(rest).toEqual(Object.fromEntries(tested));
  expect(settings.parse(made.moult)).toMatchObject({ entry: "plugin.ts", grant: ["log", "clock"] });
});

it.each([
  ["dependencies", "file:../moult-0.1.0.tgz", "file:../../../moult-0.1.0.tgz"],
  ["devDependencies", "file:moult-0.1.0.tgz", "file:../../moult-0.1.0.tgz"],
  ["dependencies", "../a b/moult", "file:../../../a b/moult"],
  ["dependencies", "link:../moult", "link:../../../moult"],
  ["dependencies", "file:/srv/moult-0.1.0.tgz", "file:/srv/moult-0.1.0.tgz"],
  ["dependencies", "https://example.com/moult.tgz", "https://example.com/moult.tgz"],
  ["dependencies", "acme/moult#v1", "acme/moult#v1"],
  ["dependencies", "git+ssh://git@example.com/moult.git", "git+ssh://git@example.com/moult.git"],
  ["dependencies", "^0.1.0", "^9.9.9"],
  ["dependencies", "latest", "^9.9.9"],
  ["dependencies", "npm:@acme/moult@1", "^9.9.9"],
])("asks for the moult that is installed, of %s: %s", async (field, spec, wanted) => {
  await writeFile(join(cwd, "package.json"), `\ufeff${JSON.stringify({ [field]: { moult: spec } })}`);
  const { err } = await command(["new", "plugins/visits"], { cwd });
  expect(JSON.parse(await read("plugins/visits/package.json")).devDependencies.moult).toBe(wanted);
  expect(err).not.toContain("asks npm");
});

it("finds the moult that holds the command, where who types it has asked for none", async () => {
  const home = join(cwd, "tools", "node_modules", "moult");
  await mkdir(home, { recursive: true });
  await writeFile(join(cwd, "tools", "package.json"), '{ "dependencies": { "moult": "file:../moult.tgz" } }');
  const options = { version: "1.2.3", folder: join(cwd, "a", "visits"), cwd: join(cwd, "a"), home };
  expect(await ownSpec(options)).toEqual({ spec: "file:../../moult.tgz", known: true });
  expect(await ownSpec({ ...options, home: join(cwd, "moult") })).toEqual({ spec: "^1.2.3", known: false });
});

it("asks for another moult when it is told to", async () => {
  const spec = 'file:../moult "0.1.0".tgz';
  await command(["new", "visits", "--moult", spec], { cwd });
  expect(JSON.parse(await read("visits/package.json")).devDependencies.moult).toBe(spec);
});

it.each([
  ["Visits", '"Visits" cannot be a plugin\'s name'],
  ["page_views", '"page_views" cannot be a plugin\'s name'],
  ["1st", '"1st" cannot be a plugin\'s name'],
  ["a--b", '"a--b" cannot be a plugin\'s name'],
  ["\x1b[2J", '"\\x1b[2J" cannot be a plugin\'s name'],
  ["a".repeat(101), `"${"a".repeat(101)}" cannot be a plugin's name`],
])("refuses the name %j", async (name, why) => {
  expect(await command(["new", name], { cwd })).toEqual({
    exit: 2,
    out: "",
    err:
      `error: could not make ${name.replace("\x1b", "\\x1b")}: ${why}\n` +
      "hint: small letters, digits and single hyphens, a letter first, 100 at most: page-views\n",
  });
  expect(await readdir(cwd)).toEqual([]);
});

it("refuses names that would not work: of packages that it needs, of devices, of where it is", async () => {
  const refused = async (name: string) => (await command(["new", name], { cwd })).err;
  expect(await refused("zod")).toBe(
    "error: could not make zod: a plugin needs the package zod\nhint: call it something else\n",
  );
  expect(await refused("com1")).toBe(
    "error: could not make com1: Windows keeps the name com1 for itself\nhint: call it something else\n",
  );
  expect(await refused(".")).toBe(
    "error: could not make .: it is the folder you are in\nhint: name a folder to make\n",
  );
  expect((await command(["new"], { cwd })).exit).toBe(2);
  expect((await command(["new", "visits", "--template", "none"], { cwd })).err).toContain(
    "Allowed choices are log-handler, empty.",
  );
  expect(await readdir(cwd)).toEqual([]);
});

it("touches nothing that is there already, but takes an empty folder", async () => {
  await mkdir(join(cwd, "visits"));
  await writeFile(join(cwd, "visits", "mine.txt"), "mine");
  expect(await command(["new", "visits"], { cwd })).toEqual({
    exit: 2,
    out: "",
    err:
      "error: could not make visits: the folder is there, and not empty; nothing of it was touched\n" +
      "hint: take another name, or move away what is there\n",
  });
  expect(await filesIn("visits")).toEqual(["mine.txt"]);
  await writeFile(join(cwd, "file"), "");
  expect((await command(["new", "file"], { cwd })).err).toContain(
    "could not make file: a file of that name is there;",
  );

  await mkdir(join(cwd, "bare"));
  expect((await command(["new", "bare"], { cwd })).exit).toBe(0);
  expect(await filesIn("bare")).toEqual(FILES);
});

it("leaves nothing half written when it is interrupted, or cannot write", async () => {
  const interrupted = await command(["new", "visits"], { cwd, signal: AbortSignal.abort() });
  expect(interrupted).toEqual({ exit: 130, out: "", err: "interrupted\n" });
  expect(await readdir(cwd)).toEqual([]);

  await writeFile(join(cwd, "taken"), "");
  const { exit, err } = await command(["new", "taken/visits"], { cwd });
  expect(exit).toBe(1);
  expect(err).toMatch(/^error: could not make taken\/visits: E\w+: .*; nothing was made\n$/);
  expect(await readdir(cwd)).toEqual(["taken"]);
});

it.skipIf(process.platform === "win32" || process.getuid?.() === 0)(
  "leaves nothing in a folder that may not be written to",
  async () => {
    await chmod(cwd, 0o500);
    expect((await command(["new", "visits"], { cwd })).exit).toBe(1);
    await chmod(cwd, 0o700);
    expect(await readdir(cwd)).toEqual([]);
  },
);
