/**
 * Bundles the package: each entry in package.json becomes one file in `dist/bundle`, made from the sources,
 * with shared code in chunks beside them, so that a class such as PluginError exists once. Types remain as
 * tsc writes them.
 *
 * A bundle lies two folders below the package's folder, as does every source that looks for files of the
 * package.
 */
import { renameSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const FOLDER = "./dist/bundle/";
/**
 * What comes with the entry, what comes with the first plugin, and what the parts share that come after that.
 * The bundler of a page does not look into our files to part them: what comes later must not lie in the same
 * one.
 */
const PARTS = {
  core: ["host/load.ts", "host/grant/capability.ts", "host/grant/standard.ts"],
  plugin: ["host/assemble.ts", "host/examine.ts"],
  state: ["abi/state/module-state.ts"],
  snapshot: ["abi/state/container.ts"],
  recording: ["host/generation/call-recorder.ts", "host/journal/journal.ts", "host/journal/replay.ts"],
  crossing: ["host/module/passage.ts", "abi/permissions.ts"],
  json: ["abi/json/value-json.ts"],
  proofs: ["host/trust/lock.ts", "host/trust/sources.ts"],
  demands: ["host/trust/demands.ts"],
  limiting: ["host/module/limiting.ts"],
  worker: ["host/worker/worker-maker.ts"],
  journal: ["host/durable/file/journal-file.ts"],
  fabric: ["host/fabric/mod.ts"],
  addresses: ["host/capabilities/http/address.ts"],
};
/**
 * Files that are not exported, but started by their path: threads, and the file that a page of Vite's loads.
 */
const STARTED = [
  "host/worker/guest-thread.ts",
  "host/dev/compiler-thread.ts",
  "host/dev/check/rehearsal-thread.ts",
  "host/vite/page.ts",
];

/**
 * The package's entries, by their names in `dist/bundle`, and their source files.
 *
 * @returns `doors`, which are imported by name; `platform`, of which a runtime takes one or the other; and
 * all of them
 */
export function entriesOf({ exports, imports, bin }) {
  const named = (path) => path.slice(FOLDER.length).replace(/\.js$/, "");
  const doors = Object.fromEntries(
    Object.values(exports)
      .filter(({ default: file }) => file?.startsWith(FOLDER))
      .map(({ types, default: file }) => [named(file), types.replace("./dist/", "").replace(".d.ts", ".ts")]),
  );
  const platform = Object.fromEntries(
    Object.values(imports).flatMap(({ "moult-source": source, ...built }) =>
      ["node", "default"].map((condition) => [named(built[condition]), source[condition].slice(2)]),
    ),
  );
  const started = Object.fromEntries(STARTED.map((path) => [path.replace(/.*\/|\.ts$/g, ""), path]));
  const all = { ...doors, ...platform, ...started, [named(`./${bin.moult}`)]: "host/cli/main.ts" };
  return { doors, platform, all };
}

/**
 * Modules that are never bundled: dependencies and peers, Node's own, and what package.json gives each
 * platform.
 */
export function externalOf({ dependencies, peerDependencies, peerDependenciesMeta }) {
  const names = Object.keys({ ...dependencies, ...peerDependencies, ...peerDependenciesMeta, binaryen: "" });
  return [/^node:/, /^#/, new RegExp(`^(${names.join("|")})(/|$)`)];
}

/** Of what each platform has of its own: that which only other processes are reached by. */
const WIRES = /^host\/remote\//;
const NODE = /-node\.ts$/;

/** The entries that pages import. */
const PAGES = [
  "moult.js",
  "browser.js",
  "capabilities.js",
  "keyed.js",
  "release.js",
  "remote.js",
  "set.js",
  "trust.js",
];
/** What only authors need: no page may load it. */
const AUTHORS = ["author.js", "build.js"];

/** The files that one of them leads to, now or later. */
function reachedBy(output, first) {
  const files = new Map(output.map((file) => [file.fileName, file]));
  const reached = new Set([first]);
  for (const name of reached) {
    const { imports = [], dynamicImports = [] } = files.get(name) ?? {};
    for (const next of [...imports, ...dynamicImports]) if (files.has(next)) reached.add(next);
  }
  return [...reached];
}

function onLog(level, log) {
  // Which file a module lies in is said here, and not by how it is imported.
  if (log.code === "INEFFECTIVE_DYNAMIC_IMPORT") return;
  if (level !== "debug" && level !== "info") throw new Error(log.message);
}

/**
 * The thread of a guest in browsers: one file that needs nothing else, since no import map holds in a worker. So a
 * part of zod is in it, with its license.
 */
const PAGES_THREAD = { input: "host/worker/guest-thread.ts", file: "guest-worker.js" };

async function threadOfPages(folder) {
  const bundler = await rolldown({
    cwd: root,
    input: PAGES_THREAD.input,
    platform: "browser",
    resolve: { conditionNames: ["moult-source", "default"] },
    transform: { target: "es2022" },
    onLog,
  });
  await bundler.write({
    file: join(folder, PAGES_THREAD.file),
    format: "esm",
    codeSplitting: false,
    banner: `/*! Contains a part of zod:\n\n${await readFile(join(root, "node_modules/zod/LICENSE"), "utf8")}*/`,
    sourcemap: true,
    sourcemapExcludeSources: true,
  });
  await bundler.close();
}

/** What the dashboards run in their browser: one file each, served beside its page. */
const DASHBOARD_PAGES = { "dashboard-page.js": "main", "dashboard-board.js": "board" };

export async function pagesOfDashboard(folder) {
  for (const [file, name] of Object.entries(DASHBOARD_PAGES)) {
    const bundler = await rolldown({
      cwd: root,
      input: `host/dashboard/page/${name}.ts`,
      platform: "browser",
      transform: { target: "es2022" },
      onLog,
    });
    await bundler.write({ file: join(folder, file), format: "esm", codeSplitting: false, minify: true });
    await bundler.close();
  }
}

export async function bundle() {
  const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const { doors, platform, all } = entriesOf(manifest);
  const parts = Object.values(platform);
  const made = join(root, `dist/bundle-${process.pid}`);
  const bundler = await rolldown({
    cwd: root,
    input: all,
    external: externalOf(manifest),
    platform: "neutral",
    transform: { target: "es2022" },
    onLog,
  });
  const { output } = await bundler.write({
    dir: made,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
    sourcemap: true,
    sourcemapExcludeSources: true,
    codeSplitting: {
      groups: chunks({
        base: parts.filter((path) => !WIRES.test(path)),
        ...PARTS,
        wire: parts.filter((path) => WIRES.test(path)),
        "wire-node": parts.filter((path) => WIRES.test(path)),
        front: [doors.moult, doors.abi],
        capable: [doors.capabilities],
        far: [doors.remote],
        shown: [doors.dashboard],
        released: [doors.release],
        build: [doors.transform],
        author: [doors.dev],
        rpc: [doors.grpc],
      }),
    },
  });
  await bundler.close();
  await threadOfPages(made);
  await pagesOfDashboard(made);
  for (const door of PAGES) {
    const authors = reachedBy(output, door).filter((name) => AUTHORS.includes(name));
    if (authors.length === 0) continue;
    const what = `${authors.join(", ")} would come with a page that imports ${door}`;
    throw new Error(`${what}, because of what they share: name it in PARTS`);
  }
  // In place at one stroke, as far as a program that imports from it can tell.
  rmSync(join(root, FOLDER), { recursive: true, force: true });
  renameSync(made, join(root, FOLDER));
}

/**
 * Puts a module into the first chunk whose modules reach it: left alone, a bundler makes one for each set of
 * entries.
 */
function chunks(from) {
  return Object.entries(from).map(([name, start], i, all) => {
    let modules;
    return {
      debugName: name,
      priority: all.length - i,
      name(id, context) {
        modules ??= reachedFrom(
          start.map((path) => join(root, path)),
          context,
        );
        // What is Node's own comes with no page.
        if (name === "wire" && NODE.test(id)) return null;
        // A module that no other imports is only an entry, in a file of its own.
        return modules.has(id) && context.getModuleInfo(id).importers.length > 0 ? name : null;
      },
    };
  });
}

/** All modules that are loaded with some, by their ids; what these `import()` comes later. */
export function reachedFrom(ids, context) {
  const found = new Set(ids);
  for (const id of found) {
    for (const next of context.getModuleInfo(id)?.importedIds ?? []) found.add(next);
  }
  return found;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await bundle();
