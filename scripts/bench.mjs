/**
 * Runs the benchmark: installs the peers into `bench/node_modules`, builds `bench/dist`, and starts it with
 * the given arguments. A stamp records what is installed, as in `setup.mjs`.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const bench = join(root, "bench");
const help = process.argv.slice(2).some((each) => each === "--help" || each === "-h");

const lock = createHash("sha256")
  .update(readFileSync(join(bench, "package-lock.json")))
  .digest("hex");
const stamp = join(bench, "node_modules", ".moult-installed");
if (!help && (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock)) install();
run([join("node_modules", "typescript", "bin", "tsc"), "-b", "bench"]);
const { status } = spawnSync(process.execPath, [join(bench, "dist", "main.js"), ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.exitCode = status ?? 1;
// The other benchmark, which has a table of its own, is tried with all rows.
const args = process.argv.slice(2);
if (status === 0 && args.length === 1 && args[0] === "--quick")
  run(["--import", "./test/sources.mjs", join("test", "second-road", "main.ts"), "--quick"]);

function install() {
  console.error("Installing what moult is measured against, from bench/package-lock.json (about 500 MB) ...");
  // Not `ci`, which refuses a lockfile without optional binaries for platforms that its registry lacked.
  const args = ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
  const options = { cwd: bench, stdio: ["ignore", 2, 2] };
  const script = process.env.npm_execpath;
  const { status } = script
    ? spawnSync(process.execPath, [script, ...args], options)
    : spawnSync("npm", args, { ...options, shell: process.platform === "win32" });
  if (status !== 0) {
    console.error(
      "The benchmark cannot run: npm could not install the peers into bench/node_modules. It needs the network once.",
    );
    process.exit(1);
  }
  // So that bench/ imports moult by its name, and gets what users get: the `exports` of package.json.
  const own = join(bench, "node_modules", "moult");
  if (!existsSync(own)) symlinkSync(root, own, "junction");
  writeFileSync(stamp, lock);
}

function run(args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}
