/**
 * Takes the types off our TypeScript, as vitest does, and lets our own imports lead to it. What a text comes to is kept
 * with the packages: what takes the types off is loaded for a new text alone, and would take half a second of each start.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const INSTALLED = "/node_modules/";
const ROOT = fileURLToPath(new URL("../", import.meta.url));
const KEPT = join(ROOT, "node_modules", ".cache", "moult-sources");

/** A packed moult, which a test has installed somewhere, is not ours: it runs what was built. */
export function resolve(specifier, context, next) {
  const ours = context.parentURL?.endsWith(".ts") && !context.parentURL.includes(INSTALLED);
  return next(
    specifier,
    ours ? { ...context, conditions: [...context.conditions, "moult-source"] } : context,
  );
}

export async function load(url, context, next) {
  if (!url.startsWith("file:") || !url.endsWith(".ts")) return next(url, context);
  const path = fileURLToPath(url);
  const source = await withoutTypes(withMadeThread(await readFile(path, "utf8"), url), path);
  return { format: "module", source, shortCircuit: true };
}

async function withoutTypes(text, path) {
  const digest = createHash("sha256")
    .update(`${await compiler()}\n${relative(ROOT, path)}\n${text}`)
    .digest("hex");
  const file = join(KEPT, digest.slice(0, 2), `${digest}.js`);
  const kept = await readFile(file, "utf8").catch(() => "");
  // A file that was cut short does not end with its digest.
  if (kept.endsWith(digest)) return kept;
  const { transformWithOxc } = await import("vite");
  const { code } = await transformWithOxc(text, path);
  const whole = `${code}\n// ${digest}`;
  await keep(file, whole).catch(() => {});
  return whole;
}

/** Many processes write at a time; where nothing can be written, the types are taken off again. */
async function keep(file, text) {
  const written = `${file}.${randomUUID()}`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(written, text);
  await rename(written, file);
}

let known;

/** What takes the types off, in its version. */
function compiler() {
  known ??= readFile(join(ROOT, "node_modules", "vite", "package.json"), "utf8").then(
    (text) => JSON.parse(text).version,
  );
  return known;
}

/** A thread that read our sources would take a second to start: `MOULT_GUEST_THREAD` names the one that was made. */
function withMadeThread(code, url) {
  const { MOULT_GUEST_THREAD: made } = process.env;
  if (!made || !url.endsWith("/host/worker/thread-node.ts")) return code;
  return code.replace(/const GUEST_THREAD = .*/, `const GUEST_THREAD = new URL(${JSON.stringify(made)});`);
}
