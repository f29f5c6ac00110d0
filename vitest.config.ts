import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    conditions: ["moult-source", "node"],
    // Our own name leads to the sources, so that tests need no build.
    alias: [
      { find: /^moult$/, replacement: source("./host/mod.ts") },
      { find: /^moult\/abi$/, replacement: source("./abi/mod.ts") },
      { find: /^moult\/assemblyscript$/, replacement: source("./host/guest/assemblyscript/mod.ts") },
      { find: /^moult\/transform$/, replacement: source("./abi/transform/mod.ts") },
      { find: /^moult\/(node|dev|testing|vite)$/, replacement: source("./host/$1/mod.ts") },
    ],
  },
  ssr: { resolve: { conditions: ["moult-source", "node"] } },
  test: {
    include: ["test/**/*.test.ts", "wasm-plugins/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    globalSetup: "test/kept/setup.ts",
    pool: "forks",
    // Threads inherit them.
    execArgv: [`--import=${new URL("./test/sources.mjs", import.meta.url)}`],
  },
});
