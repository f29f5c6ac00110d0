/**
 * Makes a checkout ready to run: installs from the lockfile and builds, each only when needed, and says so. A
 * stamp, the digest of the lockfile and all sources, records what is built; npm's own list records what is
 * installed.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installed } from "./installed.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const SOURCES = [
  "abi",
  "host",
  "demo",
  "test/soak",
  "test/hammer",
  "scripts/bundle.mjs",
  "package.json",
  "tsconfig.base.json",
];

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`moult needs Node 20.19 or newer; this is ${process.versions.node}`);
  process.exit(1);
}

const lock = digest(["package-lock.json"]);
// An installation through a link would empty a folder that other checkouts use.
const linked = lstatSync(join(root, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
if (!installed(root)) {
  if (linked) {
    console.error(
      "node_modules is a link to another folder, and does not fit package-lock.json; install it there",
    );
    process.exit(1);
  }
  told("Installing dependencies from package-lock.json", () =>
    npm("ci", "--no-audit", "--no-fund", "--loglevel=error"),
  );
}
step("dist/.moult-built", `${lock} ${digest(SOURCES)}`, "Building", () => {
  node(
    join("node_modules", "typescript", "bin", "tsc"),
    "-b",
    "demo",
    "host/vite",
    "host/cli",
    "test/soak",
    "test/hammer",
  );
  node(join("scripts", "bundle.mjs"));
});

/** Runs `work` unless the stamp shows that it is done. */
function step(stamp, want, title, work) {
  const path = join(root, stamp);
  if (existsSync(path) && readFileSync(path, "utf8") === want) return;
  told(title, work);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, want);
}

function told(title, work) {
  const began = performance.now();
  console.error(`${title} ...`);
  work();
  console.error(`${title}: done in ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

/** Output goes to standard error: standard output belongs to the program that runs afterwards. */
function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2], ...options });
  if (error) console.error(error.message);
  if (status !== 0) process.exit(status ?? 1);
}

function node(...args) {
  run(process.execPath, args);
}

function npm(...args) {
  const script = process.env.npm_execpath;
  if (script) node(script, ...args);
  else run("npm", args, { shell: process.platform === "win32" });
}

function digest(paths) {
  const hash = createHash("sha256");
  const add = (path) => {
    hash.update(`${path}\0`);
    hash.update(readFileSync(join(root, path)));
  };
  const walk = (path) => {
    for (const entry of readdirSync(join(root, path), { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      const inner = `${path}/${entry.name}`;
      if (entry.isDirectory()) walk(inner);
      else if (/\.(ts|json)$/.test(entry.name)) add(inner);
    }
  };
  for (const path of paths) /\.(json|mjs)$/.test(path) ? add(path) : walk(path);
  return hash.digest("hex");
}
