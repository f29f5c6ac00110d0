/**
 * The bundlers that pages are made with: each makes one of a folder with `src/page.js`, with no more than its own options,
 * as `docs/embedding.md` says. esbuild and webpack lie in `.ci-bundlers`, where `.ci/run` installs them.
 */
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const apart = createRequire(join(root, ".ci-bundlers", "package.json"));
const ENTRY = "page.js";

/** What each is called with. `out` is a folder, below which `page.js` is the page's script. */
const BUILDS = {
  async vite(folder, out) {
    const { build } = await import("vite");
    const output = { entryFileNames: ENTRY, chunkFileNames: "[name]-[hash].js" };
    const options = {
      outDir: out,
      emptyOutDir: true,
      rollupOptions: { input: join(folder, "src", ENTRY), output },
    };
    await build({ root: folder, configFile: false, logLevel: "error", build: options });
  },
  async rolldown(folder, out) {
    const { build } = await import("rolldown");
    await build({
      cwd: folder,
      input: `src/${ENTRY}`,
      platform: "browser",
      experimental: { resolveNewUrlToAsset: true },
      output: { dir: out, minify: true },
    });
  },
  async esbuild(folder, out) {
    const { build } = apart("esbuild");
    await build({
      absWorkingDir: folder,
      entryPoints: [`src/${ENTRY}`],
      ...{ bundle: true, splitting: true, minify: true, format: "esm", outdir: out, logLevel: "warning" },
    });
    // It leaves `new URL(..., import.meta.url)` as it is: what that names has to lie beside what it makes.
    const moult = dirname(createRequire(join(folder, "src/")).resolve("moult/package.json"));
    copyFileSync(join(moult, "dist/bundle/guest-worker.js"), join(out, "guest-worker.js"));
    for (const name of readdirSync(join(folder, "src")))
      if (name.endsWith(".wasm")) copyFileSync(join(folder, "src", name), join(out, name));
  },
  webpack(folder, out) {
    const webpack = apart("webpack");
    const options = {
      mode: "production",
      context: folder,
      entry: `./src/${ENTRY}`,
      output: { path: out, filename: ENTRY },
      // What it minifies with by itself takes a minute.
      optimization: { minimize: false },
    };
    return new Promise((resolve, reject) => {
      webpack(options, (error, stats) => {
        const failed = error ?? (stats.hasErrors() && new Error(stats.toString("errors-warnings")));
        if (failed) return reject(failed);
        for (const file of readdirSync(out).filter((name) => name.endsWith(".js"))) minify(join(out, file));
        resolve();
      });
    });
  },
};

function minify(file) {
  writeFileSync(file, apart("esbuild").transformSync(readFileSync(file, "utf8"), { minify: true }).code);
}

/** Their names, and whether they are here. */
export const BUNDLERS = Object.keys(BUILDS).map((name) => ({
  name,
  there: [root, join(root, ".ci-bundlers")].some((at) => existsSync(join(at, "node_modules", name))),
}));

/**
 * Makes a page.
 *
 * @param name one of `BUNDLERS`
 * @param folder has `src/page.js` and `node_modules`
 * @param out an absolute path
 * @returns bytes of its scripts with gzip: what comes with the page, and all that may come later
 */
export async function bundlePage(name, folder, out) {
  await BUILDS[name](folder, out);
  const packed = (file) => gzipSync(readFileSync(join(out, file)), { level: 9 }).length;
  const first = new Set([ENTRY]);
  for (const file of first) {
    const text = readFileSync(join(out, file), "utf8");
    for (const [, next] of text.matchAll(
      /(?:^|[;}\s])(?:import|export)\s*(?:[\w$*{][^"'();]*?from)?\s*["']\.\/([^"']+)["']/g,
    ))
      first.add(next);
  }
  const all = readdirSync(out, { recursive: true }).filter((file) => file.endsWith(".js"));
  const sum = (files) => files.reduce((bytes, file) => bytes + packed(file), 0);
  return { page: sum([...first]), all: sum(all) };
}
