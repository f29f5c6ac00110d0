/**
 * Runs the demo, and draws it: `docs/run.svg`, which the README shows.
 *
 *     npm run record              writes docs/run.svg
 *     npm run record -- FILE.svg  writes another file
 */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { picture } from "./run-picture.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const [file = join(root, "docs", "run.svg")] = process.argv.slice(2);

// The first run builds the plugins, and fills the operating system's caches; the picture shows the second.
await run();
const svg = picture(await run());
writeFileSync(resolve(process.env.INIT_CWD ?? ".", file), svg);
console.log(`${file}: ${svg.length} bytes`);

/** @returns the output of `--events`, and the report in its last line */
async function run() {
  const child = spawn(process.execPath, [join(root, "dist", "demo", "main.js"), "--events", "--once"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = new Promise((done) => child.once("close", done));
  const said = [];
  for await (const line of createInterface({ input: child.stdout })) said.push(JSON.parse(line));
  const code = await exit;
  if (code !== 0) throw new Error(`the demo exited with ${code}`);
  return { events: said.slice(0, -1), report: said.at(-1) };
}
