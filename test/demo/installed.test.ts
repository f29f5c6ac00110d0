import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
// @ts-expect-error A script of the project's own, which has no types.
import { installed } from "../../scripts/installed.mjs";

const LOCK = {
  "": { name: "a" },
  "node_modules/zod": { version: "4.6.7" },
  "node_modules/@typescript/native-other": { version: "7.0.2", optional: true },
};
const HIDDEN = { "node_modules/zod": { version: "4.6.7" } };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "moult-installed-"));
  mkdirSync(join(root, "node_modules", "zod"), { recursive: true });
  writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages: LOCK }));
});
afterEach(() => rmSync(root, { recursive: true }));

const found = (text: string) => writeFileSync(join(root, "node_modules", ".package-lock.json"), text);

it("npm start installs nothing where any command of npm has installed what the lockfile says", () => {
  found(JSON.stringify({ packages: HIDDEN }));
  expect(installed(root)).toBe(true);
  expect(installed(fileURLToPath(new URL("../../", import.meta.url)))).toBe(true);
});

it("npm start installs where nothing is, where something is missing, of another version, gone, or half written", () => {
  expect(installed(root)).toBe(false);
  found(JSON.stringify({ packages: {} }));
  expect(installed(root)).toBe(false);
  found(JSON.stringify({ packages: { "node_modules/zod": { version: "4.6.6" } } }));
  expect(installed(root)).toBe(false);
  found('{ "packages": { "node_mod');
  expect(installed(root)).toBe(false);
  found(JSON.stringify({ packages: HIDDEN }));
  rmSync(join(root, "node_modules", "zod"), { recursive: true });
  expect(installed(root)).toBe(false);
});
