/** The page in which browsers run the list: files, a map of imports, and headers as strict as moult promises to need. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
};

/** Where the package and zod lie, for a page without a bundler. */
function importMap(folder: string): string {
  const { imports, exports } = JSON.parse(
    readFileSync(join(folder, "node_modules/moult/package.json"), "utf8"),
  ) as {
    imports: Record<string, { default: string }>;
    exports: Record<string, { default?: string }>;
  };
  const file = (path: string) => `/node_modules/moult/${path.replace(/^\.\//, "")}`;
  const map = {
    moult: file(exports["."]?.default as string),
    "moult/trust": file(exports["./trust"]?.default as string),
    zod: "/node_modules/zod/index.js",
    "zod/mini": "/node_modules/zod/mini/index.js",
    ...Object.fromEntries(Object.entries(imports).map(([name, { default: path }]) => [name, file(path)])),
  };
  return JSON.stringify({ imports: map });
}

export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the folder to pages that are cross-origin isolated, under a strict Content Security Policy. */
export async function serve(folder: string): Promise<Served> {
  const map = importMap(folder);
  const page = `<!doctype html><html lang="en"><head><title>…</title><link rel="icon" href="data:,">
<script type="importmap">${map}</script></head><body><script type="module" src="/page.js"></script></body></html>`;
  const hash = createHash("sha256").update(map).digest("base64");
  const headers = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Content-Security-Policy": `default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'sha256-${hash}'; worker-src 'self'; connect-src 'self'; img-src data:`,
  };
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    if (path === "/")
      return void response.writeHead(200, { "Content-Type": TYPES[".html"], ...headers }).end(page);
    readFile(join(folder, path)).then(
      (bytes) =>
        response
          .writeHead(200, { "Content-Type": TYPES[extname(path)] ?? "text/plain", ...headers })
          .end(bytes),
      () => response.writeHead(404, headers).end(),
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
