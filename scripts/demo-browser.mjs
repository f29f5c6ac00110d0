/**
 * The page of the garden: `npm run demo:browser` serves it, `npm run demo:browser -- --build [FOLDER]` writes a folder
 * of files that any static host serves.
 */
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const PAGE = join(root, "demo/browser");
const GARDEN = join(root, "wasm-plugins/garden");
const BUNDLE = join(root, "dist/bundle");
const FONTS = {
  "inter.woff2": "@fontsource-variable/inter/files/inter-latin-opsz-normal.woff2",
  "jetbrains-mono.woff2": "@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2",
};
const LICENSES = {
  "inter.txt": "@fontsource-variable/inter/LICENSE",
  "jetbrains-mono.txt": "@fontsource-variable/jetbrains-mono/LICENSE",
};
/** What Node has and a page does not, for the compiler. */
const NODE = join(PAGE, "compiler/node.ts");

/**
 * Writes the page.
 * @param {string} folder is emptied first
 */
export async function build(folder) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await bundle(folder, { page: join(PAGE, "main.ts") });
  await bundle(folder, { compiler: join(PAGE, "compiler/worker.ts") });
  await plugins(folder);
  for (const file of ["index.html", "style.css", "icon.svg"]) await cp(join(PAGE, file), join(folder, file));
  for (const [file, from] of Object.entries({ ...FONTS, ...LICENSES }))
    await cp(join(root, "node_modules", from), join(folder, file));
  await cp(join(BUNDLE, "guest-worker.js"), join(folder, "guest-worker.js"));
  await cp(join(GARDEN, "garden.ts"), join(folder, "garden.txt"));
  await writeFile(join(folder, "library.json"), JSON.stringify(await library()));
  await worker(folder);
}

/** Of moult the page has what its users have: the package's own files. */
async function bundle(folder, input) {
  const bundler = await rolldown({
    cwd: root,
    input,
    platform: "browser",
    tsconfig: false,
    // The compiler asks for these where it runs in Node alone.
    external: ["fs", "module", "node:module", "path", "process", "url"],
    resolve: {
      alias: {
        moult: join(BUNDLE, "moult.js"),
        "moult/transform": join(BUNDLE, "transform.js"),
        "node:fs": NODE,
        "node:path": NODE,
        "node:url": NODE,
      },
      conditionNames: ["browser", "import", "default"],
    },
    transform: { target: "es2022" },
    onLog(level, log) {
      if (level === "warn" && !/EVAL|INEFFECTIVE/.test(log.code ?? "")) throw new Error(log.message);
    },
  });
  await bundler.write({
    dir: folder,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: `${Object.keys(input)[0]}-[name].js`,
    minify: true,
    ...(input.compiler ? { codeSplitting: false } : {}),
  });
  await bundler.close();
}

/** The guest library and what the garden is made of, as the compiler in the page reads them. */
async function library() {
  const texts = { "meadow.ts": await readFile(join(GARDEN, "meadow.ts"), "utf8") };
  const add = async (path) => {
    texts[path] = await readFile(join(root, path), "utf8");
  };
  await add("guest.ts");
  for (const file of await readdir(join(root, "abi/guest"), { recursive: true }))
    if (/\.ts$/.test(file)) await add(`abi/guest/${file.replaceAll("\\", "/")}`);
  return texts;
}

/** The first two generations, built as a page builds them, so that the first edit needs no compiler. */
async function plugins(folder) {
  const made = join(root, "dist/garden");
  const { build } = await import(pathToFileURL(join(BUNDLE, "transform.js")).href);
  await mkdir(made, { recursive: true });
  const source = await readFile(join(GARDEN, "garden.ts"), "utf8");
  await cp(join(GARDEN, "meadow.ts"), join(made, "meadow.ts"));
  for (const [generation, text] of [
    [1, source],
    [2, source.replace("PETALS: f32 = 0", "PETALS: f32 = 5")],
  ]) {
    await writeFile(join(made, "garden.ts"), text);
    await writeFile(join(made, "generation.ts"), `export const GENERATION: u8 = ${generation};\n`);
    const identity = { name: "garden", interface: "moult:demo/garden@1.0.0", version: `${generation}.0.0` };
    const { wasm } = await build(join(made, "garden.ts"), identity);
    await writeFile(join(folder, `generation-${generation}.wasm`), wasm);
  }
}

/** The service worker keeps all files of this build, so that the page needs no network from the second visit on. */
async function worker(folder) {
  const files = (await readdir(folder))
    .filter((file) => !/\.txt$|\.map$/.test(file) || file === "garden.txt")
    .sort();
  const hash = createHash("sha256");
  for (const file of files) hash.update(await readFile(join(folder, file)));
  const text = await readFile(join(PAGE, "service-worker.js"), "utf8");
  const made = text
    .replace('"FILES"', JSON.stringify(["./", ...files.filter((file) => file !== "index.html")]))
    .replace('"VERSION"', JSON.stringify(hash.digest("hex").slice(0, 16)));
  await writeFile(join(folder, "service-worker.js"), made);
}

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
};

/**
 * Serves a folder, as any static host does.
 * @param {string} folder
 * @returns its URL, and a function that ends it
 */
export async function serve(folder, port = 0) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const file = pathname === "/" ? "index.html" : pathname.slice(1);
    const type = TYPES[extname(file)];
    try {
      if (type === undefined || !/^[\w.-]+$/.test(file)) throw new Error("no such file");
      const bytes = await readFile(join(folder, file));
      response.writeHead(200, { "content-type": type, "cache-control": "no-cache" }).end(bytes);
    } catch {
      response.writeHead(404, { "content-type": "text/plain" }).end("no such file\n");
    }
  });
  await new Promise((done, failed) => server.once("error", failed).listen(port, "127.0.0.1", done));
  const close = () => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  return { url: `http://127.0.0.1:${server.address().port}/`, close };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [flag, folder] = process.argv.slice(2);
  const to = flag === "--build" ? resolve(folder ?? "dist/page") : join(root, "dist/page");
  await build(to);
  if (flag === "--build") console.log(`written to ${to}`);
  else console.log(`the garden is at ${(await serve(to, Number(process.env.PORT ?? 0))).url}`);
}
