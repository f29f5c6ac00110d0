/** A site whose plugin runs in a thread of its own, served by Vite or by nothing but files. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import type { Site } from "./site.ts";

/** A page that is served with them may use `SharedArrayBuffer`. */
export const ISOLATING = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** @param answer what `handle` adds to a line */
const handler = (answer: string): string => `import { clock, log, state } from "moult/guest";

@state
class Totals {
  lines: u64 = 0;
}
const totals = state<Totals>();
let spins: u32 = 0;

export function handle(line: string): string {
  totals.lines++;
  log.info(line);
  return line + "${answer}";
}

export function now(): i64 {
  return clock.now();
}

export function total(): u64 {
  return totals.lines;
}

export function spin(): void {
  while (true) spins++;
}
`;

/** Leaves the plugin on the page's window, or why there is none. */
const MAIN = `import { clock, contract, load, log } from "moult";
import * as z from "zod/mini";
import first from "./handler.ts?moult";
import second from "./second.ts?moult";

const Handler = contract("demo:site/handler@1", {
  handle: { params: [z.string()], returns: z.string() },
  now: { params: [], returns: z.int64() },
  total: { params: [], returns: z.uint64() },
  spin: { params: [] },
});
const logged = [];
const said = { info: (line) => logged.push(line) };
const grant = [log({ debug() {}, warn() {}, error() {}, ...said }, { lineBytes: 1_000_000 }), clock()];
const source = async (given) => (given.current ? await given.current() : given);
const options = { grant, isolation: "worker", limits: { deadline: 1_000 }, afterTrap: "restart" };
try {
  const plugin = await load(Handler, await source(first), options);
  const swap = async () => plugin.swap(await source(second));
  Object.assign(window, { plugin, logged, swap });
} catch (error) {
  Object.assign(window, { failed: String(error.message) });
}
`;

export async function writeThreadSite(own: Site): Promise<void> {
  await own.write("src/handler.ts", handler("!"));
  await own.write("src/second.ts", handler("?"));
  await own.write("src/main.ts", MAIN);
}

/** The same site for a server that knows nothing but files: two modules, and a page with a map of imports. */
export async function writePlainSite(own: Site): Promise<void> {
  await writeThreadSite(own);
  for (const name of ["handler", "second"])
    await own.type(`npx asc src/${name}.ts --outFile ${name}.wasm -O3 --transform moult/transform`);
  const main = MAIN.replace(/import (\w+) from "\.\/(\w+)\.ts\?moult";/g, (_, name, file) => {
    return `const ${name} = new URL("./${file}.wasm", import.meta.url);`;
  });
  await own.write("main.js", main);
  const { imports } = JSON.parse(await own.read("node_modules/moult/package.json"));
  const ours = Object.entries(imports as Record<string, { readonly default: string }>).map(
    ([name, { default: file }]) => [name, join("/node_modules/moult", file).replaceAll("\\", "/")],
  );
  const map = {
    moult: "/node_modules/moult/dist/bundle/moult.js",
    zod: "/node_modules/zod/index.js",
    "zod/mini": "/node_modules/zod/mini/index.js",
    ...Object.fromEntries(ours),
  };
  await own.write(
    "index.html",
    `<!doctype html>
<html><head><title>site</title><link rel="icon" href="data:,">
<script type="importmap">${JSON.stringify({ imports: map })}</script></head>
<body><script type="module" src="/main.js"></script></body></html>
`,
  );
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};

export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the files of a folder, all with these headers. */
export async function served(root: string, headers: Readonly<Record<string, string>>): Promise<Served> {
  const server = createServer((request, response) => {
    const path = new URL(request.url!, "http://localhost").pathname.replace(/\/$/, "/index.html");
    const type = TYPES[extname(path)] ?? "text/plain";
    readFile(join(root, path)).then(
      (bytes) => response.writeHead(200, { "Content-Type": type, ...headers }).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
