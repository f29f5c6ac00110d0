import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["moult-source", "node"] },
  ssr: { resolve: { conditions: ["moult-source", "node"] } },
  test: {
    include: ["test/**/*.test.ts", "wasm-plugins/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "forks",
  },
});
