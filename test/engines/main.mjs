/** The list in an engine that has files: `main.mjs '{"engine":"Node.js","slow":false}'`. Prints one line of JSON. */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { FEATURES } from "./list.js";
import { run } from "./run.js";
import { FEATURES as SERVER } from "./server-list.js";

const { out, ...given } = JSON.parse(process.argv[2]);
const { bun, deno, node } = process.versions;
const url = (name) => new URL(`${name}.wasm`, import.meta.url);
// Last what some engines cannot stop: a loop that was given up keeps a core for a while, which others would wait for.
const all = [...FEATURES, ...SERVER].sort(
  (one, other) => Number(one.id === "endless") - Number(other.id === "endless"),
);
const results = await run(all, {
  ...given,
  version: bun ?? deno ?? node,
  // Whoever ends a program that does not end by itself wants to know where it was.
  begins: (id) => console.error(id),
  url,
  read: (name) => readFile(url(name)).then((bytes) => new Uint8Array(bytes)),
  map: (name) => readFile(new URL(`${name}.wasm.map`, import.meta.url), "utf8"),
  here: fileURLToPath(new URL(".", import.meta.url)),
  sources: fileURLToPath(new URL("guests", import.meta.url)),
  resident: () => process.memoryUsage().rss,
});
const told = JSON.stringify({ version: bun ?? deno ?? node, results });
// Where output has to go to a file, as under Wine.
if (out) await writeFile(new URL(out, import.meta.url), told);
else console.log(told);
// Bun cannot stop a loop: the guests that were given up use up their fuel.
process.exit();
