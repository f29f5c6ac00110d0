/**
 * Measures what `import { load, contract } from "moult"` adds to a page, by the package as it is bundled: for browsers,
 * minified, without zod, gzip.
 *
 *     npm run size                total, largest modules, and what parts would save if they were loaded later
 *     npm run size -- --brief     the total, of the sources, without a build; the largest modules if that is too much
 *     npm run size -- --budget N  held against N bytes, and not against what stands below
 *
 * Exits with 1 above the budget.
 */
import { readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { reachedFrom } from "./bundle.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Bytes: what was reached when the doors, the journal and the store were written anew. 25,000 is where it shall get. */
const BUDGET = 41_000;
const GOAL = 25_000;

/** Parts that some programs do without: what is theirs alone would not be loaded with the rest. */
const PARTS = {
  "plain AssemblyScript": /host\/guest\/assemblyscript\/|@assemblyscript\/loader/,
  "stores, journal and restart": /host\/(durable|journal)\//,
  "mirror and following": /host\/swap\/(mirror|follow|quarantine)\.ts/,
  "rehearsal (dry runs' answers)": /host\/rehearsal\//,
  "advice in errors about state": /abi\/state\/advice\//,
  "translating state (Avro)": /abi\/state\/avro\/(?!sha256)|abi\/state\/advice\//,
  "reading wasm (examine)": /abi\/wasm\//,
  "probation and rollback": /host\/swap\/(probation|rollback)\.ts/,
};

/** @returns bytes after gzip, and the modules with their bytes before minifying, largest first */
async function measure({ entry = "dist/bundle/moult.js", without } = {}) {
  const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const start = "\0page";
  let first;
  const atStart = (id, context) => {
    first ??= reachedFrom([start], context);
    return first.has(id) && id !== start ? "moult" : null;
  };
  const bundler = await rolldown({
    cwd: root,
    input: start,
    platform: "browser",
    external: (id) => /^zod(\/|$)/.test(id) || (without?.test(id.replaceAll("\\", "/")) ?? false),
    resolve: { conditionNames: entry.endsWith(".ts") ? ["moult-source", "default"] : ["default"] },
    plugins: [
      {
        name: "page",
        resolveId: (id, importer) => {
          if (id === start) return id;
          const platform = manifest.imports[id];
          if (platform === undefined) return id === "moult" ? join(root, entry) : null;
          const { default: path } = entry.endsWith(".ts") ? platform["moult-source"] : platform;
          return importer && join(root, path);
        },
        load: (id) => (id === start ? 'export { contract, load } from "moult";\n' : null),
      },
    ],
  });
  // What is loaded at once is one file, as it is in the package; else there is one for each set of parts that share it.
  const codeSplitting = { groups: [{ debugName: "at once", name: atStart }] };
  const { output } = await bundler.generate({ format: "esm", minify: true, codeSplitting });
  await bundler.close();
  const chunks = atOnce(output);
  const modules = chunks
    .flatMap((chunk) => Object.entries(chunk.modules))
    .filter(([id]) => id !== start)
    .map(([id, { renderedLength }]) => ({
      id: relative(root, id).replaceAll("\\", "/"),
      bytes: renderedLength,
    }))
    .sort((a, b) => b.bytes - a.bytes);
  const sum = (of) => chunks.reduce((total, { code }) => total + of(code), 0);
  return {
    gzip: sum((code) => gzipSync(code, { level: 9 }).length),
    minified: sum((code) => Buffer.byteLength(code)),
    modules,
  };
}

/** The chunks that are loaded with the entry; those of an `import()` come later. */
function atOnce(output) {
  const chunks = output.filter(({ type }) => type === "chunk");
  const found = new Set(chunks.filter(({ isEntry }) => isEntry));
  for (const { imports } of found) {
    for (const chunk of chunks) if (imports.includes(chunk.fileName)) found.add(chunk);
  }
  return [...found];
}

async function main() {
  const { values } = parseArgs({ options: { budget: { type: "string" }, brief: { type: "boolean" } } });
  const budget = Number(values.budget ?? BUDGET);
  const sources = await measure({ entry: "host/mod.ts" });
  const { gzip, minified } = values.brief ? sources : await measure();
  console.log(
    `import { load, contract } from "moult": ${kb(gzip)} gzip (${kb(minified)} minified), zod not counted`,
  );
  console.log(`budget ${kb(budget)}, goal ${kb(GOAL)}`);
  const over = gzip > budget;
  if (over || !values.brief) largest(sources);
  if (!values.brief) await savings(sources);
  if (!over) return;
  console.error(`\nit is ${gzip - budget} bytes over its budget, which stands in scripts/size.mjs`);
  process.exitCode = 1;
}

function largest({ modules }) {
  console.log("\nlargest modules, before minifying");
  for (const { id, bytes } of modules.slice(0, 25)) console.log(`  ${kb(bytes).padStart(9)}  ${id}`);
}

async function savings({ gzip }) {
  const without = async (pattern) => (await measure({ entry: "host/mod.ts", without: pattern })).gzip;
  const saved = [];
  for (const [part, pattern] of Object.entries(PARTS)) saved.push([gzip - (await without(pattern)), part]);
  console.log("\nwhat would be saved, gzip, if this came later");
  for (const [bytes, part] of saved.sort(([a], [b]) => b - a))
    console.log(`  ${kb(bytes).padStart(9)}  ${part}`);
  console.log(
    `  ${kb(await without(any(Object.values(PARTS)))).padStart(9)}  is what is left without all of these`,
  );
}

function any(patterns) {
  return new RegExp(patterns.map(({ source }) => source).join("|"));
}

function kb(bytes) {
  return `${(bytes / 1000).toFixed(1)} KB`;
}

await main();
