/** Takes the types off our TypeScript, as vitest does, and lets our own imports lead to it. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transformWithOxc } from "vite";

const INSTALLED = "/node_modules/";

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
  const { code } = await transformWithOxc(withMadeThread(await readFile(path, "utf8"), url), path);
  return { format: "module", source: code, shortCircuit: true };
}

/** A thread that read our sources would take a second to start: `MOULT_GUEST_THREAD` names the one that was made. */
function withMadeThread(code, url) {
  const { MOULT_GUEST_THREAD: made } = process.env;
  if (!made || !url.endsWith("/host/worker/thread-node.ts")) return code;
  return code.replace(/const GUEST_THREAD = .*/, `const GUEST_THREAD = new URL(${JSON.stringify(made)});`);
}
