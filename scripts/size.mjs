/**
 * Measures what `import { load, contract } from "moult"` adds to a page, by the package as it is bundled: for
 * browsers, minified, without zod, gzip. Twice: what is loaded with the page, and what is loaded until a
 * plugin that has no state and asks for nothing has answered its first call.
 *
 *     npm run size                both, the largest modules, the parts that come later, and the same page, zod included,
 *                                 by each bundler that is here
 *     npm run size -- --brief     both, of the sources, without a build; the largest modules if that is too much
 *     npm run size -- --budget N  the page held against N bytes, and not against what stands below
 *
 * Exits with 1 above a budget.
 */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { reachedFrom } from "./bundle.mjs";
import { BUNDLERS, bundlePage } from "./bundlers.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/**
 * Bytes: what was reached, rounded up. `page` is what its goal of 25,000 was set for; `answer` would like to
 * be there too.
 */
const BUDGET = { page: 12_400, answer: 47_300 };

const STORED = `import { contract, load } from "moult";
import { indexedDbStore } from "moult/browser";
import * as z from "zod/mini";

const Site = contract("demo:site/site@1", { visit: { params: [z.string()], returns: z.uint64() } });
globalThis.site = load(Site, "/site.wasm", { store: indexedDbStore("site") });
`;

/** What the first plugin brings with it. */
const ASSEMBLY = "assemble";
/** Parts that come later, by the modules through which they do. */
const PARTS = {
  "the first plugin": ASSEMBLY,
  "the first module with imports": "link",
  "the first module with state": "stateful",
  "the first swap, mirror or rehearsal": "undertakings",
  "the first probation, mirror, restart or store": "call-recorder",
  "the first store, or restart after a trap": "recovery",
  "the first snapshot": "container",
  "the first plugin that begins with a snapshot": "given-state",
};

/** @returns the chunks of a page, with what each takes and which it imports */
async function bundled({ sources }) {
  const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const start = "\0page";
  const page = sources
    ? 'export { contract } from "moult/contract/contract.ts";\nexport { load } from "moult/load.ts";\n'
    : 'export { contract, load } from "moult";\n';
  let first;
  const atOnce = (id, context) => {
    first ??= reachedFrom([start], context);
    return first.has(id) && id !== start ? "moult" : null;
  };
  const bundler = await rolldown({
    cwd: root,
    input: start,
    platform: "browser",
    external: /^zod(\/|$)/,
    resolve: { conditionNames: sources ? ["moult-source", "default"] : ["default"] },
    plugins: [
      {
        name: "page",
        resolveId: (id, importer) => {
          if (id === start) return id;
          const platform = manifest.imports[id];
          if (platform === undefined && !/^moult(\/|$)/.test(id)) return null;
          if (platform === undefined)
            return sources ? id.replace("moult", join(root, "host")) : join(root, "dist/bundle/moult.js");
          return importer && join(root, sources ? platform["moult-source"].default : platform.default);
        },
        load: (id) => (id === start ? page : null),
      },
    ],
  });
  // Of the sources, what is loaded at once is one file, as in the package; else there is one for each set of
  // parts that share it.
  const groups = sources ? [{ debugName: "at once", name: atOnce }] : [];
  const { output } = await bundler.generate({ format: "esm", minify: true, codeSplitting: { groups } });
  await bundler.close();
  return output
    .filter(({ type }) => type === "chunk")
    .map(({ fileName, name, imports, isEntry, modules, code }) => ({
      fileName,
      name,
      imports,
      isEntry,
      gzip: gzipSync(code, { level: 9 }).length,
      modules: Object.entries(modules)
        .filter(([id]) => id !== start)
        .map(([id, { renderedLength }]) => ({
          id: relative(root, id).replaceAll("\\", "/"),
          bytes: renderedLength,
        })),
    }));
}

/** Chunks, and those that are loaded with them: what is imported by `import()` comes later. */
function loadedWith(chunks, all) {
  const found = new Set(chunks);
  for (const { imports } of found) {
    for (const chunk of all) if (imports.includes(chunk.fileName)) found.add(chunk);
  }
  return found;
}

function partOf(all, name) {
  return all.filter((chunk) => chunk.name === name);
}

function sizeOf(chunks) {
  let sum = 0;
  for (const { gzip } of chunks) sum += gzip;
  return sum;
}

async function main() {
  const { values } = parseArgs({ options: { budget: { type: "string" }, brief: { type: "boolean" } } });
  const budget = { ...BUDGET, ...(values.budget && { page: Number(values.budget) }) };
  const all = await bundled({ sources: values.brief ?? false });
  const page = loadedWith(
    all.filter(({ isEntry }) => isEntry),
    all,
  );
  const answer = loadedWith([...page, ...partOf(all, ASSEMBLY)], all);
  const sizes = { page: sizeOf(page), answer: sizeOf(answer) };
  console.log(
    `import { load, contract } from "moult": ${kb(sizes.page)} gzip with the page, ${kb(sizes.answer)} until the first answer, zod not counted`,
  );
  console.log(`budget ${kb(budget.page)} and ${kb(budget.answer)}`);
  const over = Object.keys(sizes).filter((each) => sizes[each] > budget[each]);
  if (over.length > 0 || !values.brief) largest(values.brief ? answer : await sourcesOfAnswer());
  if (!values.brief) {
    later(all, page);
    await byBundlers();
  }
  for (const each of over) {
    const what = each === "page" ? "what comes with the page" : "what comes until the first answer";
    console.error(
      `\n${what} is ${sizes[each] - budget[each]} bytes over its budget, which stands in scripts/size.mjs`,
    );
    process.exitCode = 1;
  }
}

/** The package's files are made of many modules each: which weigh most, the sources tell. */
async function sourcesOfAnswer() {
  const all = await bundled({ sources: true });
  const page = all.filter(({ isEntry }) => isEntry);
  return loadedWith([...page, ...partOf(all, ASSEMBLY)], all);
}

function largest(chunks) {
  const modules = [...chunks].flatMap(({ modules }) => modules).sort((a, b) => b.bytes - a.bytes);
  console.log("\nlargest modules until the first answer, before minifying");
  for (const { id, bytes } of modules.slice(0, 25)) console.log(`  ${kb(bytes).padStart(9)}  ${id}`);
}

function later(all, page) {
  console.log("\nwhat comes later, gzip, with all that it shares with others");
  const before = [...page, ...loadedWith(partOf(all, ASSEMBLY), all)];
  for (const [when, name] of Object.entries(PARTS)) {
    const known = name === ASSEMBLY ? [...page] : before;
    const more = [...loadedWith(partOf(all, name), all)].filter((chunk) => !known.includes(chunk));
    console.log(`  ${kb(sizeOf(more)).padStart(9)}  with ${when}`);
  }
}

/** The page of a program that has a store too, with zod in it. */
async function byBundlers() {
  console.log(
    "\nthe same and a store, with zod/mini, minified and gzip: with the page, and all that may come later",
  );
  const folder = await mkdtemp(join(tmpdir(), "moult-size-"));
  try {
    for (const name of ["src", "node_modules"]) await mkdir(join(folder, name));
    await symlink(root, join(folder, "node_modules/moult"), "junction");
    await symlink(join(root, "node_modules/zod"), join(folder, "node_modules/zod"), "junction");
    await writeFile(join(folder, "src/page.js"), STORED);
    for (const { name, there } of BUNDLERS) {
      const sizes = there && (await bundlePage(name, folder, join(folder, name)));
      console.log(
        `  ${sizes ? kb(sizes.page).padStart(9) : "not here"}  ${sizes ? kb(sizes.all).padStart(9) : ""}  ${name}`,
      );
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

function kb(bytes) {
  return `${(bytes / 1000).toFixed(1)} KB`;
}

await main();
